import type { EventStore, NotRevoked, Unchanged } from '@chancery/eventstore';
import { type GrantEvent, streamName } from '@chancery/events';
import { type AccessTokenClaims, checkTokenSize, formatScope, mintAccessToken, OAuthError } from '@chancery/oauth';
import type { Keys, SigningKey } from '../keys/key-ring.js';
import type { TokenAnswer, TokenRequest } from '../token-endpoint/grant.js';
import { final } from './attempt.js';
import { requesterKeys } from './basis.js';
import { ended } from './ended.js';
import { artefactExpired, replayed } from './replayed.js';

export type IssuanceEvent = Extract<GrantEvent, { type: 'grant.token-issued' | 'grant.token-exchanged' }>;

export interface Issuing {
  readonly store: EventStore;
  readonly keys: Keys;
  /** The one constant of META-03. */
  readonly issuer: string;
}

export interface Issuance {
  /** What was decided; it names the `kid` of `signingKey`. */
  readonly event: IssuanceEvent;
  readonly signingKey: SigningKey;
  /** Besides the agent's own stream, which is always guarded. */
  readonly unchanged: readonly Unchanged[];
  /** Besides the requester's own keys, which are always guarded. */
  readonly notRevoked: readonly NotRevoked[];
  /** What to answer when something of the client's that it rests on was ended. */
  revoked(): OAuthError;
}

/**
 * The one way a token comes into being (rule 2): record the decision with everything single-use reserved in it, then sign what was
 * recorded. The roll may know of a token nobody received, never the reverse.
 * @returns `again` when something it rests on changed since it was read, our own signing key included.
 * @throws OAuthError for what is final, StoreUnavailable when it cannot be known.
 */
export async function issue(issuance: Issuance, request: TokenRequest, deps: Issuing): Promise<TokenAnswer | 'again'> {
  const { event, signingKey } = issuance;
  const { client, proof } = request;
  // As large as it can get: the time is known to the second, and its digits are as many.
  checkTokenSize(claimsOf(event, event.expiresAt, deps.issuer), signingKey);
  const reserve = [...client.reservations, ...(proof ? [proof.reservation] : [])];
  const recorded = await deps.store.append({
    streams: [{ stream: streamName('grant', event.grantId), expected: 0, events: [event] }],
    reserve,
    unchanged: [client.guard, ...issuance.unchanged],
    notRevoked: [...requesterKeys(event), ...issuance.notRevoked],
  });
  switch (recorded.outcome) {
    case 'stale':
      return 'again';
    case 'revoked':
      return await ended(issuance, request, deps);
    case 'reserved':
      throw replayed(recorded.taken, client);
    case 'expired':
      throw artefactExpired();
    case 'recorded':
      return answer(event, signingKey, Math.floor(recorded.at / 1_000_000), deps.issuer);
  }
}

function answer(event: IssuanceEvent, key: SigningKey, iat: number, issuer: string): TokenAnswer {
  // It waited so long to be recorded that it would be over when it is read. The proof is spent, so no second attempt could do better.
  if (event.expiresAt <= iat) throw final(new OAuthError('temporarily_unavailable', { refusal: 'recorded_too_late', retryAfter: 1 }));
  const scope = formatScope(event.scope);
  return {
    access_token: mintAccessToken(claimsOf(event, iat, issuer), { kid: key.kid, alg: key.alg, privateKey: key.privateKey }),
    token_type: event.proofKey === undefined ? 'Bearer' : 'DPoP',
    expires_in: event.expiresAt - iat,
    scope,
  };
}

/** Every claim comes from what was decided and recorded, none from the request (ATK-04). */
const claimsOf = (event: IssuanceEvent, iat: number, issuer: string): AccessTokenClaims => ({
  iss: issuer,
  sub: event.subject,
  aud: event.audience,
  exp: event.expiresAt,
  iat,
  jti: event.jti,
  client_id: event.agentId,
  scope: formatScope(event.scope),
  sub_profile: event.subjectProfile,
  grant_id: event.grantId,
  txn: event.txn,
  ...(event.proofKey !== undefined && { cnf: { jkt: event.proofKey } }),
  ...(event.iatId !== undefined && { iat_id: event.iatId }),
  ...(event.type === 'grant.token-exchanged' && { lineage: event.lineage }),
});
