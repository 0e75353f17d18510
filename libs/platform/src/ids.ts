import { hash, randomBytes } from 'node:crypto';

/** Grant, initial access token, access token, transaction, request. */
export type IdPrefix = 'gr' | 'it' | 'tk' | 'tx' | 'rq';

const crockford = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
const timeChars = 10;

/** The last one, as digits of 5 bits and as text: of each of its characters only those are written again that changed. */
const digits = new Uint8Array(26);
const chars = Buffer.alloc(digits.length);
let lastMs = -1;

/** A ULID: 48 bits of time, 80 of randomness, 26 characters. Later ones sort after earlier ones of this process, within a millisecond and over a clock set back. */
export function ulid(nowMs: number): string {
  const ms = Math.floor(nowMs);
  if (ms > lastMs) {
    lastMs = ms;
    writeTime(ms);
    drawRandom();
  } else increment();
  return chars.toString('latin1');
}

/** A new id of ours, such as `gr_01J…`. Time-ordered: streams of grants are kept by month. */
export const newId = (prefix: IdPrefix): string => `${prefix}_${ulid(Date.now())}`;

/** `ag_` and 128 random bits: an agent's id is its `client_id`, and says nothing about when it came. */
export const newAgentId = (): string => `ag_${randomBytes(16).toString('base64url')}`;

/** The same id for the same parts, one of which only whoever may ask knows: to nobody else it says more than a random one. */
export const agentIdOf = (...parts: readonly string[]): string =>
  `ag_${hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16).toString('base64url')}`;

/** The shape of an initial access token: its id, a dot, and a secret. What has it is no access token, whoever shows it. */
export const iatShape = /^(it_[0-9A-Z]{26})\.[A-Za-z0-9_-]{43}$/;

/** The shape of a registration access token: its agent's id, a dot, and a secret. */
export const ratShape = /^(ag_[A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;

/** 256 random bits, base64url, 43 characters. Enough for one SHA-256 to keep it by. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const sha256base64url = (text: string): string => hash('sha256', text, 'base64url');

function put(at: number, digit: number): void {
  digits[at] = digit;
  chars[at] = crockford[digit] as number;
}

function writeTime(ms: number): void {
  let rest = ms;
  for (let at = timeChars - 1; at >= 0; at--) {
    put(at, rest % 32);
    rest = Math.floor(rest / 32);
  }
}

/** The first bit stays free, so that a millisecond has room for 2^79 increments. */
function drawRandom(): void {
  const random = randomBytes(digits.length - timeChars);
  for (const [at, byte] of random.entries()) put(timeChars + at, byte & (at === 0 ? 15 : 31));
}

function increment(): void {
  for (let at = digits.length - 1; at >= timeChars; at--) {
    const digit = digits[at] as number;
    put(at, digit === 31 ? 0 : digit + 1);
    if (digit !== 31) return;
  }
}
