import { limits } from '../limits.js';
import type { AuthenticAccessToken } from './authenticate.js';
import { refuse, rulesOf } from './rules.js';

export interface AccessTokenUse {
  /** The route's resource; left out where any registered resource will do (exchange, revocation). */
  readonly audience?: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * That an authentic access token is for this resource and in its time (RFC 9068 §4; RFC 8725 §3.9). Not its binding (`checkBinding`), its
 * revocation, nor its scope.
 * @throws OAuthError `invalid_token` (401); at entry `subject-token` `invalid_request`
 */
export function judgeAccessToken({ claims, notBefore, entry }: AuthenticAccessToken, { audience, now }: AccessTokenUse): void {
  const rules = rulesOf(entry);
  if (audience !== undefined && claims.aud !== audience) throw refuse(rules, 'token_audience');
  // Exclusive, without tolerance: the second a token ends it has ended.
  if (claims.exp <= now) throw refuse(rules, 'token_expired');
  const ahead = now + limits.accessTokenSkewSeconds;
  if (claims.iat > ahead) throw refuse(rules, 'token_not_yet_valid');
  if (notBefore !== undefined && !(typeof notBefore === 'number' && notBefore <= ahead)) throw refuse(rules, 'token_not_yet_valid');
}
