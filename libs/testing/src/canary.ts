import { randomBytes } from 'node:crypto';

/** What must be found nowhere, by a name that may be printed. Give the secret part alone: of a JWT its signature, of a JWK its `d`. */
export type Secrets = Readonly<Record<string, string | Uint8Array>>;

export interface SecretFinding {
  readonly secret: string;
  /** How it was written there. */
  readonly form: string;
  /** Byte offset in what was searched. */
  readonly at: number;
}

const pieceBytes = 16;

/** A random secret that nothing else in the world contains; `tag` makes it recognisable while debugging. */
export const canarySecret = (tag: string): string => `${tag}/${randomBytes(24).toString('base64url')}+"${randomBytes(6).toString('hex')}"`;

/**
 * Where a secret shows in text or bytes: as it is, in base64, base64url, hex, URL and JSON form, whole or any 16 bytes of it.
 * Findings name the secret and the form and never hold a byte of it, so a failing spec leaks nothing.
 */
export function findSecrets(haystack: string | Uint8Array, secrets: Secrets): SecretFinding[] {
  const text = typeof haystack === 'string' ? Buffer.from(haystack).toString('latin1') : latin1(haystack);
  const { pieces, starts } = piecesOf(secrets);
  const findings = new Map<string, SecretFinding>();
  for (let at = 0; at + 1 < text.length; at++) {
    if (starts[(text.charCodeAt(at) << 8) | text.charCodeAt(at + 1)] === 0) continue;
    const found = pieces.get(text.slice(at, at + pieceBytes)) ?? [];
    for (const { secret, form } of found) findings.set(`${secret}\0${form}`, findings.get(`${secret}\0${form}`) ?? { secret, form, at });
  }
  return [...findings.values()];
}

/** Throws, naming secret and form, when one of them shows in `haystack`. `where` names the place in the message. */
export function expectNoSecret(haystack: string | Uint8Array, secrets: Secrets, where: string): void {
  const findings = findSecrets(haystack, secrets);
  if (findings.length === 0) return;
  throw new Error(`${where} shows ${findings.map(({ secret, form, at }) => `${secret} as ${form} at byte ${at}`).join(', ')}`);
}

/** Every 16-byte window of every form, and a table of their first two bytes, so that most positions cost one look-up. */
function piecesOf(secrets: Secrets) {
  const pieces = new Map<string, { secret: string; form: string }[]>();
  const starts = new Uint8Array(1 << 16);
  for (const [secret, value] of Object.entries(secrets)) {
    for (const [form, written] of formsOf(value)) {
      if (written.length < pieceBytes) throw new RangeError(`the secret ${secret} is too short to be told from chance in ${form} form`);
      for (let at = 0; at + pieceBytes <= written.length; at++) {
        const piece = written.slice(at, at + pieceBytes);
        starts[(piece.charCodeAt(0) << 8) | piece.charCodeAt(1)] = 1;
        pieces.set(piece, [...(pieces.get(piece) ?? []), { secret, form }]);
      }
    }
  }
  return { pieces, starts };
}

function formsOf(value: string | Uint8Array): [form: string, written: string][] {
  const bytes = Buffer.from(value);
  const text = bytes.toString('utf8');
  const forms: [string, string][] = [
    ['plain', latin1(bytes)],
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    ['URL', latin1(Buffer.from(encodeURIComponent(text)))],
    ['JSON', latin1(Buffer.from(JSON.stringify(text).slice(1, -1)))],
  ];
  // Inside something larger the same bytes have three spellings, by where they begin; the edges hold bits of the neighbours and are left out.
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const from = shift === 0 ? 0 : shift + 1;
    const whole = Math.floor((shifted.length * 8) / 6);
    forms.push(['base64', shifted.toString('base64').slice(from, whole)], ['base64url', shifted.toString('base64url').slice(from, whole)]);
  }
  return forms;
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
