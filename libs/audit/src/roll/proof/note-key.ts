import { createPublicKey, hash, type KeyObject } from 'node:crypto';

/** A public key that checkpoints are verified with. */
export interface NoteKey {
  /** The name it signs under; any where it came without one. */
  readonly name?: string;
  /** Ed25519. */
  readonly key: KeyObject;
}

// C2SP signed-note: 0x01 is Ed25519.
const algorithm = Buffer.of(1);

const rawOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** The four bytes by which a signature names its key (C2SP signed-note, "Signatures"). */
export const keyIdOf = (name: string, key: KeyObject): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), algorithm, rawOf(key)]), 'buffer').subarray(0, 4);

/** `<name>+<key id in hex>+<base64 of algorithm and key>`: how tools of this format write down a verifier's key. */
export const printNoteKey = (name: string, key: KeyObject): string =>
  `${name}+${keyIdOf(name, key).toString('hex')}+${Buffer.concat([algorithm, rawOf(key)]).toString('base64')}`;

/**
 * Keys as people have them: `<name>+<id>+<key>`, a JWK, a set of JWKs, a PEM, or what `/admin/v1/log/key` answers. Undefined for anything else,
 * and for a key that is not Ed25519.
 */
export function parseNoteKeys(text: string): readonly NoteKey[] | undefined {
  const given = text.trim();
  try {
    const keys = given.startsWith('{') ? fromJson(JSON.parse(given) as Json) : [fromText(given)];
    return keys.length > 0 && keys.every(({ key }) => key.asymmetricKeyType === 'ed25519' && key.type === 'public') ? keys : undefined;
  } catch {
    return undefined;
  }
}

interface Json {
  readonly keys?: readonly (string | Json)[];
  readonly kty?: string;
  readonly crv?: string;
  readonly x?: string;
}

function fromJson({ keys, kty = '', crv = '', x = '' }: Json): NoteKey[] {
  // Only the public members: a private key given by mistake is not used as one.
  if (keys === undefined) return [{ key: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }) }];
  return keys.flatMap((each) => (typeof each === 'string' ? [fromText(each)] : fromJson(each)));
}

function fromText(text: string): NoteKey {
  if (text.startsWith('-----BEGIN PUBLIC KEY-----')) return { key: createPublicKey(text) };
  const [, name = '', id = '', base64 = ''] = /^([^\s+]{1,512})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') }, format: 'jwk' });
  if (bytes[0] !== 1 || keyIdOf(name, key).toString('hex') !== id) throw new TypeError('the key is not what its id says');
  return { name, key };
}
