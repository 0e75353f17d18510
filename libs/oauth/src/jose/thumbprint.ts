import { hash } from 'node:crypto';
import type { PublicJwk } from './public-jwk.js';

/** RFC 7638 SHA-256 thumbprint, base64url, 43 characters: over the required members, by name, without whitespace. */
export const thumbprint = (jwk: PublicJwk): string => hash('sha256', canonicalJson(jwk), 'base64url');

function canonicalJson(jwk: PublicJwk): string {
  switch (jwk.kty) {
    case 'EC':
      return JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
    case 'OKP':
      return JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x });
    case 'RSA':
      return JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n });
  }
}
