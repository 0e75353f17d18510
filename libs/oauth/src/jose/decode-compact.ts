import type { Refuse } from '../errors.js';
import { parseJson } from '../json.js';
import { limits } from '../limits.js';
import { decodeBase64url } from './base64url.js';
import type { HeaderCache } from './header-cache.js';

export interface JoseHeader {
  readonly alg: string;
  readonly typ?: string;
  readonly kid?: string;
  readonly [member: string]: unknown;
}

export interface CompactJws {
  readonly header: JoseHeader;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The first two parts with their dot: what the signature is over. */
  readonly signingInput: string;
  readonly signature: Buffer;
}

/**
 * Reads a compact JWS without verifying it (RFC 7515 §7.1): three parts of canonical base64url, JSON objects without duplicate members, no
 * `crit`, `b64` or `zip`. `jwk`, `jku`, `x5u` and `x5c` are never followed from here.
 * @param options.seen where the same headers come again and again: those that were read once are not read again
 * @throws what `refuse` makes, nothing else.
 */
export function decodeCompact(token: string, options: { maxBytes: number; refuse: Refuse; seen?: HeaderCache | undefined }): CompactJws {
  const { maxBytes, refuse, seen } = options;
  if (typeof token !== 'string' || token.length > maxBytes) throw refuse('token too large');
  const [first = '', second = '', third = '', ...more] = token.split('.', 4);
  if (third === '' || more.length > 0) throw refuse('not three parts');

  const signature = decodeBase64url(third);
  if (signature === undefined) throw refuse('signature is not canonical base64url');
  return {
    header: seen?.get(first) ?? readHeader(first, { refuse, seen }),
    payload: parseObject(second, 'payload', refuse),
    signingInput: token.slice(0, first.length + 1 + second.length),
    signature,
  };
}

function readHeader(part: string, { refuse, seen }: { refuse: Refuse; seen: HeaderCache | undefined }): JoseHeader {
  const header = checkHeader(parseObject(part, 'header', refuse), refuse);
  seen?.set(part, header);
  return header;
}

function parseObject(part: string, name: string, refuse: Refuse): Record<string, unknown> {
  const bytes = decodeBase64url(part);
  if (bytes === undefined) throw refuse(`${name} is not canonical base64url`);
  const value = parseJson(bytes, { refuse: (reason) => refuse(`${name}: ${reason}`) });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(`${name} is not an object`);
  return value as Record<string, unknown>;
}

function checkHeader(header: Record<string, unknown>, refuse: Refuse): JoseHeader {
  // What we do not implement must not be there: `crit` promises somebody that its members were understood.
  for (const member of ['crit', 'b64', 'zip']) if (Object.hasOwn(header, member)) throw refuse(`header has ${member}`);
  const { alg, typ, kid } = header;
  if (typeof alg !== 'string') throw refuse('alg is not a string');
  if (typ !== undefined && typeof typ !== 'string') throw refuse('typ is not a string');
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > limits.kidChars)) throw refuse('kid is not a short string');
  return header as JoseHeader;
}
