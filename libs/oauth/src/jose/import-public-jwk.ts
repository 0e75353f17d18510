import { createPublicKey, type KeyObject } from 'node:crypto';
import { OAuthError, type Refuse } from '../errors.js';
import { limits } from '../limits.js';
import { type Algorithm, algorithms } from './algorithms.js';
import { boundedCache } from './bounded-cache.js';
import { isSoundKey, parsePublicJwk, type PublicJwk } from './public-jwk.js';
import { thumbprint } from './thumbprint.js';

export interface ImportedKey {
  readonly key: KeyObject;
  /** The one algorithm this key is for; a header is only compared with it. */
  readonly alg: Algorithm;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  /** The required members alone. */
  readonly jwk: PublicJwk;
}

// An import costs as much as a signature, so keys are kept by what identifies them. Only sound keys get in.
const imported = boundedCache<ImportedKey>(limits.importedKeys);

const keyUnacceptable: Refuse = (reason) =>
  new OAuthError('invalid_client_metadata', {
    refusal: 'key_unacceptable',
    detail: reason,
    description: 'a key is not acceptable: public P-256, Ed25519 or RSA of 2048 to 4096 bits',
  });

/**
 * A public key from a JWK somebody sent: P-256, Ed25519, or RSA of 2048 to 4096 bits with exponent 65537; no private member, no symmetric
 * key, no point off its curve, no member that contradicts (RFC 7517 §4, RFC 7518 §6).
 * @param refuse makes the error; `invalid_client_metadata` when left out
 */
export function importPublicJwk(value: unknown, allowed: readonly Algorithm[] = algorithms, refuse: Refuse = keyUnacceptable): ImportedKey {
  const { jwk, alg } = parsePublicJwk(value, refuse);
  if (!allowed.includes(alg)) throw refuse('algorithm is not allowed here');
  const id = thumbprint(jwk);
  const known = imported.get(id);
  if (known !== undefined) return known;

  const key = isSoundKey(jwk) ? createKey(jwk) : undefined;
  if (key === undefined) throw refuse('not a point of the curve');
  const fresh: ImportedKey = { key, alg, thumbprint: id, jwk };
  imported.set(id, fresh);
  return fresh;
}

function createKey(jwk: PublicJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
