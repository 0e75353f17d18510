import { constants, type KeyObject, sign } from 'node:crypto';
import type { Algorithm } from './algorithms.js';
import { encodeBase64url } from './base64url.js';
import type { PublicJwk } from './public-jwk.js';

export interface SigningHeader {
  typ: string;
  alg: Algorithm;
  kid?: string;
  jwk?: PublicJwk;
}

/** A compact JWS over a JSON payload (RFC 7515 §7.1). ES256 signatures are r and s, 32 bytes each (RFC 7518 §3.4). */
export function signCompact(header: SigningHeader, payload: object, privateKey: KeyObject): string {
  const input = `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(JSON.stringify(payload))}`;
  return `${input}.${signBytes(header.alg, Buffer.from(input), privateKey).toString('base64url')}`;
}

function signBytes(alg: Algorithm, data: Uint8Array, key: KeyObject): Buffer {
  switch (alg) {
    case 'ES256':
      return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
    case 'PS256':
      return sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case 'Ed25519':
      return sign(null, data, key);
    default:
      throw new TypeError(`unknown algorithm ${String(alg satisfies never)}`);
  }
}
