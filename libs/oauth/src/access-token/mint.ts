import type { KeyObject } from 'node:crypto';
import { OAuthError } from '../errors.js';
import type { Algorithm } from '../jose/algorithms.js';
import { signCompact } from '../jose/sign-compact.js';
import { limits } from '../limits.js';
import type { AccessTokenClaims } from './claims.js';

export interface SigningKey {
  /** RFC 7638 thumbprint of the public part, as in the JWKS. */
  kid: string;
  alg: Algorithm;
  privateKey: KeyObject;
}

/**
 * An access token after RFC 9068 §2.1. It signs what was recorded and decides nothing.
 * @throws OAuthError `invalid_request` when it would be larger than 4 KiB
 */
export function mintAccessToken(claims: AccessTokenClaims, { kid, alg, privateKey }: SigningKey): string {
  const token = signCompact({ typ: 'at+jwt', alg, kid }, claims, privateKey);
  if (token.length > limits.accessTokenBytes)
    throw new OAuthError('invalid_request', { refusal: 'token_too_large', description: 'the token would be too large' });
  return token;
}
