import { grant } from '@chancery/domain';
import { again, type EventStore, type Reading, type Reservation } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { type AccessTokenClaims, type Form, OAuthError, parseForm, refuseForeignParameters, verifyAccessToken } from '@chancery/oauth';
import { attemptTwice, attribute, authenticateAgent, type AuthenticatedAgent, type Issuing, proveKey } from '@chancery/platform';

export interface RevocationRequest {
  readonly body: Uint8Array;
  readonly authorization: string | readonly string[] | undefined;
  readonly proof: string | readonly string[] | undefined;
}

/** What a request to revoke came to: nothing to revoke is an answer too, and not an error (REV-02). */
export type Revoked = { readonly grantId: string } | 'nothing_to_revoke';

const parameters = ['token', 'token_type_hint', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];

/** RFC 7009: ends the token's grant and everything exchanged from it, in one event, answered after the append (REV-04). */
export async function revokeToken(request: RevocationRequest, deps: Issuing): Promise<Revoked> {
  const form = parseForm(request.body);
  refuseForeignParameters(form, parameters);
  const token = form.required('token');
  const proof = proveKey({ header: request.proof, method: 'POST', url: `${deps.issuer}/revoke`, now: deps.store.now() });
  return attemptTwice(async (reading) => {
    const client = await authenticate(form, request, reading, deps);
    // Single use is spent whatever comes of it: an answered assertion or proof never works again (CLA-11).
    const reserve = [...client.reservations, ...(proof ? [proof.reservation] : [])];
    const claims = verifiedClaims(token, deps);
    if (!claims) return spend(reserve, client, deps.store);
    if (claims.client_id !== client.agentId) {
      const error = new OAuthError('invalid_request', { refusal: 'not_owner', description: 'the token was not issued to this client' });
      throw attribute(error, { agent: client.agentId });
    }
    return endGrant(claims.grant_id, { client, reserve }, deps.store);
  });
}

const authenticate = (form: Form, request: RevocationRequest, reading: Reading, { store, issuer }: Issuing): Promise<AuthenticatedAgent> =>
  authenticateAgent({ form, authorization: request.authorization, store, issuer, now: store.now(), reading });

/** Undefined for what is malformed, expired, foreign or forged: there is nothing to revoke (RFC 7009 §2.2). */
function verifiedClaims(token: string, { issuer, keys, store }: Issuing): AccessTokenClaims | undefined {
  try {
    return verifyAccessToken(token, { issuer, now: store.now(), keys: (kid) => keys.find('access-token', kid) });
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

async function endGrant(
  grantId: string,
  by: { client: AuthenticatedAgent; reserve: readonly Reservation[] },
  store: EventStore,
): Promise<Revoked | typeof again> {
  const stream = streamName('grant', grantId);
  const { state, revision } = await store.fold(stream, grant, 'fresh');
  const decision = grant.decide({ type: 'revoke-grant', cause: 'client_request', by: by.client.agentId }, state);
  if (!decision.ok || decision.events.length === 0) return spend(by.reserve, by.client, store);
  const recorded = await store.append({
    streams: [{ stream, expected: revision, events: decision.events }],
    reserve: by.reserve,
    unchanged: [by.client.guard],
  });
  if (recorded.outcome === 'recorded') return { grantId };
  if (recorded.outcome === 'stale') return again;
  throw replayed(recorded.outcome === 'reserved' ? recorded.taken < by.client.reservations.length : true);
}

/** Nothing is recorded, but what was single-use is used. */
async function spend(reserve: readonly Reservation[], client: AuthenticatedAgent, store: EventStore): Promise<Revoked | typeof again> {
  if (reserve.length === 0) return 'nothing_to_revoke';
  const recorded = await store.append({ streams: [], reserve, unchanged: [client.guard] });
  if (recorded.outcome === 'recorded') return 'nothing_to_revoke';
  if (recorded.outcome === 'stale') return again;
  throw replayed(recorded.outcome === 'reserved' ? recorded.taken < client.reservations.length : true);
}

const replayed = (assertion: boolean): OAuthError =>
  assertion
    ? new OAuthError('invalid_client', { refusal: 'assertion_replayed' })
    : new OAuthError('invalid_dpop_proof', { refusal: 'proof_replayed' });
