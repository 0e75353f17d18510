import { grant } from '@chancery/domain';
import { again, type EventStore, type Reading, type Reservation, type StreamAppend } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { type AccessTokenClaims, type Form, OAuthError, parseForm, refuseForeignParameters, verifyAccessToken } from '@chancery/oauth';
import {
  artefactExpired,
  attemptTwice,
  attribute,
  authenticateAgent,
  type AuthenticatedAgent,
  final,
  type Issuing,
  proveKey,
  replayed,
} from '@chancery/platform';

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
    if (!claims) return (await record([], { client, reserve }, deps.store)) === again ? again : 'nothing_to_revoke';
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

async function endGrant(grantId: string, by: Spender, store: EventStore): Promise<Revoked | typeof again> {
  const stream = streamName('grant', grantId);
  const { state, revision } = await store.fold(stream, grant, 'fresh');
  const decision = grant.decide({ type: 'revoke-grant', cause: 'client_request', by: by.client.agentId }, state);
  // Nothing is recorded when it has ended already, but what was single-use is used.
  const events = decision.ok ? decision.events : [];
  const done = await record(events.length === 0 ? [] : [{ stream, expected: revision, events }], by, store);
  if (done === again) return again;
  return events.length === 0 ? 'nothing_to_revoke' : { grantId };
}

/** Who asks, and what the request uses up. */
interface Spender {
  readonly client: AuthenticatedAgent;
  readonly reserve: readonly Reservation[];
}

async function record(streams: readonly StreamAppend[], { client, reserve }: Spender, store: EventStore): Promise<'done' | typeof again> {
  if (streams.length === 0 && reserve.length === 0) return 'done';
  const recorded = await store.append({ streams, reserve, unchanged: [client.guard] });
  switch (recorded.outcome) {
    case 'recorded':
      return 'done';
    case 'stale':
      return again;
    case 'reserved':
      throw replayed(recorded.taken, client);
    case 'expired':
      throw artefactExpired();
    case 'revoked':
      throw final(new OAuthError('invalid_client', { refusal: 'requester_revoked' }));
  }
}
