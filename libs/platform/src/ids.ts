import { hash, randomBytes } from 'node:crypto';

/** Grant, initial access token, access token, transaction, request. */
export type IdPrefix = 'gr' | 'it' | 'tk' | 'tx' | 'rq';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomChars = 16;

let last = { ms: -1, random: [] as number[] };

/** A ULID: 48 bits of time, 80 of randomness, 26 characters. Later ones sort after earlier ones of this process, within a millisecond and over a clock set back. */
export function ulid(nowMs: number): string {
  const ms = Math.max(Math.floor(nowMs), last.ms);
  const random = ms === last.ms ? increment(last.random) : drawRandom();
  last = { ms, random };
  return encodeTime(ms) + random.map((digit) => crockford[digit]).join('');
}

/** A new id of ours, such as `gr_01J…`. Time-ordered: streams of grants are kept by month. */
export const newId = (prefix: IdPrefix): string => `${prefix}_${ulid(Date.now())}`;

/** `ag_` and 128 random bits: an agent's id is its `client_id`, and says nothing about when it came. */
export const newAgentId = (): string => `ag_${randomBytes(16).toString('base64url')}`;

/** The shape of an initial access token: its id, a dot, and a secret. What has it is no access token, whoever shows it. */
export const iatShape = /^(it_[0-9A-Z]{26})\.[A-Za-z0-9_-]{43}$/;

/** 256 random bits, base64url, 43 characters. Enough for one SHA-256 to keep it by. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const sha256base64url = (text: string): string => hash('sha256', text, 'base64url');

/** The first bit stays free, so that a millisecond has room for 2^79 increments. */
function drawRandom(): number[] {
  const digits = [...randomBytes(randomChars)].map((byte) => byte & 31);
  digits[0] = (digits[0] ?? 0) & 15;
  return digits;
}

function increment(digits: readonly number[]): number[] {
  const next = [...digits];
  for (let at = next.length - 1; at >= 0; at--) {
    const digit = next[at] ?? 0;
    next[at] = digit === 31 ? 0 : digit + 1;
    if (digit !== 31) break;
  }
  return next;
}

function encodeTime(ms: number): string {
  let rest = ms;
  let text = '';
  for (let at = 0; at < 10; at++) {
    text = crockford[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
