import type { Refuse } from '../errors.js';
import { limits } from '../limits.js';
import { type Algorithm, namesAlgorithm } from './algorithms.js';
import { decodeBase64url } from './base64url.js';
import { isEd25519Key } from './ed25519-point.js';

/** The members of a public key that make it this key, and no others (RFC 7638 §3.2). */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

// RFC 7518 §6.2.2, §6.3.2, §6.4.1: private parameters and symmetric keys.
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * The required members of an acceptable public JWK and the one algorithm it is for. Whether an EC point lies on its curve is seen by the
 * import. @throws what `refuse` makes
 */
export function parsePublicJwk(value: unknown, refuse: Refuse): { jwk: PublicJwk; alg: Algorithm } {
  if (typeof value !== 'object' || value === null) throw refuse('jwk is not an object');
  const members = value as Record<string, unknown>;
  for (const name of privateMembers) if (Object.hasOwn(members, name)) throw refuse('jwk is not public');

  const { jwk, alg } = requiredMembers(members, refuse);
  if (members['alg'] !== undefined && !namesAlgorithm(members['alg'], alg)) throw refuse('alg does not fit the key');
  if (members['use'] !== undefined && members['use'] !== 'sig') throw refuse('use is not sig');
  const operations = members['key_ops'];
  if (operations !== undefined && !(Array.isArray(operations) && operations.length === 1 && operations[0] === 'verify'))
    throw refuse('key_ops is not verify');
  return { jwk, alg };
}

function requiredMembers(members: Record<string, unknown>, refuse: Refuse): { jwk: PublicJwk; alg: Algorithm } {
  const { kty, crv } = members;
  if (kty === 'EC' && crv === 'P-256') {
    return { jwk: { kty, crv, x: coordinate(members['x'], refuse), y: coordinate(members['y'], refuse) }, alg: 'ES256' };
  }
  if (kty === 'OKP' && crv === 'Ed25519') {
    return { jwk: { kty, crv, x: coordinate(members['x'], refuse) }, alg: 'Ed25519' };
  }
  if (kty === 'RSA') return { jwk: { kty, n: modulus(members['n'], refuse), e: exponent(members['e'], refuse) }, alg: 'PS256' };
  throw refuse('kty and crv are not accepted');
}

function coordinate(value: unknown, refuse: Refuse): string {
  if (typeof value !== 'string' || decodeBase64url(value)?.length !== 32) throw refuse('coordinate is not 32 bytes of base64url');
  return value;
}

function modulus(value: unknown, refuse: Refuse): string {
  const maxChars = Math.ceil((limits.rsaBitsMax / 8) * (4 / 3)); // bounds the bits from above, before anything is decoded
  const bytes = typeof value === 'string' && value.length <= maxChars ? decodeBase64url(value) : undefined;
  const bits = bytes === undefined || bytes.length === 0 ? 0 : bytes.length * 8 - (Math.clz32(bytes[0] ?? 0) - 24);
  // RFC 7518 §2: Base64urlUInt has no leading zero byte; an even modulus is no product of two odd primes.
  const sane = bytes !== undefined && bytes[0] !== 0 && ((bytes.at(-1) ?? 0) & 1) === 1;
  if (!sane || bits < limits.rsaBitsMin) throw refuse('RSA modulus is not 2048 to 4096 bits');
  return value as string;
}

function exponent(value: unknown, refuse: Refuse): string {
  // 65537, the one exponent every key generator makes. 1 would make any text its own signature.
  if (value !== 'AQAB') throw refuse('RSA exponent is not 65537');
  return value;
}

/** Checks that cost arithmetic, made once for a key before it is imported. */
export const isSoundKey = (jwk: PublicJwk): boolean => jwk.kty !== 'OKP' || isEd25519Key(Buffer.from(jwk.x, 'base64url'));
