import { OAuthError } from '@chancery/oauth';
import type { Revocations } from '../revocations/revocations.js';
import type { Match } from './match-route.js';
import type { VerifiedToken } from './verified-tokens.js';

/**
 * Whether a verified token's authority is still there, and enough for this operation (GW-05, GW-06, GW-10). Asked at every call.
 * @throws OAuthError 503 `temporarily_unavailable`, 401 `invalid_token`, 403 `insufficient_scope`
 */
export function judge({ lookups, claims, scope }: VerifiedToken, { route, operation }: Match, revocations: Revocations): void {
  // Not a 401: an agent would ask for a new token, in a loop, and that would help nobody.
  if (!revocations.current(route)) throw new OAuthError('temporarily_unavailable', { refusal: 'feed_stale', retryAfter: 1 });
  const ended = revocations.ended(lookups, claims.iat);
  if (ended !== undefined) throw new OAuthError('invalid_token', { refusal: 'token_revoked', detail: ended.kind });
  if (!operation.scope.every((needed) => scope.includes(needed))) throw new OAuthError('insufficient_scope', { refusal: 'scope_missing' });
}
