import { authenticateAccessToken, type VerificationKey } from './authenticate.js';
import type { AccessTokenClaims } from './claims.js';
import { type AccessTokenUse, judgeAccessToken } from './judge.js';
import { readAccessToken } from './read.js';
import type { AccessTokenEntry } from './rules.js';

export interface AccessTokenRequest extends AccessTokenUse {
  /** Our issuer identifier, byte for byte. */
  readonly issuer: string;
  /** The issuer's own keys by `kid`: a look-up, never a fetch. */
  readonly keys: (kid: string) => VerificationKey | undefined;
  /** Where the token came in; `access-token` when absent. */
  readonly entry?: AccessTokenEntry;
}

/**
 * Type, signature, types of claims, issuer, audience and time of an access token (RFC 9068 §4). Not its binding (`checkBinding`), its
 * revocation, nor its scope.
 * @throws OAuthError `invalid_token` (401); at entry `subject-token` `invalid_request`
 */
export function verifyAccessToken(token: string, { issuer, keys, entry, ...use }: AccessTokenRequest): AccessTokenClaims {
  const read = readAccessToken(token, entry);
  const authentic = authenticateAccessToken(read, { issuer, key: keys(read.kid) });
  judgeAccessToken(authentic, use);
  return authentic.claims;
}
