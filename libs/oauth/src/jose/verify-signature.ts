import { constants, type KeyObject, verify } from 'node:crypto';
import type { Algorithm } from './algorithms.js';

/**
 * Whether `signature` is the key's over `input` (RFC 7518 §3.4, §3.5; RFC 8032). The algorithm is the key's own, never a header's.
 * @throws TypeError for an algorithm we do not know: unknown is never "verified"
 */
export function verifySignature(alg: Algorithm, key: KeyObject, input: string | Uint8Array, signature: Uint8Array): boolean {
  const data = typeof input === 'string' ? Buffer.from(input) : input;
  switch (alg) {
    case 'ES256': // r and s as 32 bytes each; DER is another spelling of the same signature
      return signature.length === 64 && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'PS256':
      return verify('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
    case 'Ed25519':
      return signature.length === 64 && verify(null, data, key, signature);
    default:
      throw new TypeError(`unknown algorithm ${String(alg satisfies never)}`);
  }
}
