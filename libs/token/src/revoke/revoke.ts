import { grant } from '@chancery/domain';
import { again, type EventStore, type Reading, type StreamAppend } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { type AccessTokenClaims, OAuthError, parseForm, refuseForeignParameters, verifyAccessToken } from '@chancery/oauth';
import {
  artefactExpired,
  asRequester,
  attemptTwice,
  type AuthenticatedAgent,
  final,
  iatShape,
  ratShape,
  type Issuing,
  proveOnce,
  refuseJustResumed,
  type RemoteKeys,
  replayed,
  type Requester,
  requesterKeys,
} from '@chancery/platform';

export interface RevocationRequest {
  readonly body: Uint8Array;
  readonly authorization: string | readonly string[] | undefined;
  readonly proof: string | readonly string[] | undefined;
}

export interface RevokeDeps extends Issuing {
  readonly remoteKeys: RemoteKeys;
}

/** What a request to revoke came to. */
export interface Revoked {
  readonly agent: string;
  /** Thumbprint of the key it proved, if it proved one. */
  readonly instance: string | undefined;
  /** Undefined: there was nothing to revoke, which is an answer too, and not an error (REV-02). */
  readonly grantId: string | undefined;
}

const parameters = ['token', 'token_type_hint', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];

/** RFC 7009: ends the token's grant and everything exchanged from it, in one event, answered after the append (REV-04). */
export async function revokeToken(request: RevocationRequest, deps: RevokeDeps): Promise<Revoked> {
  const { store, issuer, remoteKeys } = deps;
  const form = parseForm(request.body);
  refuseForeignParameters(form, parameters);
  const token = form.required('token');
  const proof = proveOnce({ header: request.proof, method: 'POST', url: `${issuer}/revoke`, now: () => store.now() });
  return attemptTwice((reading) => {
    const { authorization } = request;
    const credentials = { form, authorization, proof, store, issuer, remoteKeys, now: store.now(), reading };
    return asRequester(credentials, (requester) => revoke({ token, requester, reading }, deps));
  });
}

interface Attempt {
  readonly token: string;
  readonly requester: Requester;
  readonly reading: Reading;
}

async function revoke({ token, requester, reading }: Attempt, deps: Issuing): Promise<Revoked | typeof again> {
  const { client, proof } = requester;
  const { grantId, refusal } = judge(token, client, deps);
  const ending = grantId === undefined ? [] : await endOf(grantId, client, deps.store);

  // Single use is spent whatever comes of it: an assertion or proof that was answered never works again (CLA-11).
  if ((await record(ending, { requester, reading }, deps.store)) === again) return again;

  if (refusal) throw final(refusal);
  return { agent: client.agentId, instance: proof?.thumbprint, grantId: ending.length === 0 ? undefined : grantId };
}

interface Verdict {
  /** Of a token of this client. */
  readonly grantId?: string;
  readonly refusal?: OAuthError;
}

/** Neither for what is malformed, expired, foreign or forged: there is nothing to revoke (RFC 7009 §2.2). */
function judge(token: string, client: AuthenticatedAgent, deps: Issuing): Verdict {
  // RFC 7009 §2.2.1. Silence would say that it opens no registration, or manages none, any more.
  if (iatShape.test(token) || ratShape.test(token))
    return { refusal: new OAuthError('unsupported_token_type', { refusal: 'token_type_unsupported' }) };
  const claims = verifiedClaims(token, deps);
  if (!claims) return {};
  if (claims.client_id === client.agentId) return { grantId: claims.grant_id };
  return { refusal: new OAuthError('invalid_request', { refusal: 'not_owner', description: 'the token was not issued to this client' }) };
}

function verifiedClaims(token: string, { issuer, keys, store }: Issuing): AccessTokenClaims | undefined {
  try {
    return verifyAccessToken(token, { issuer, now: store.now(), keys: (kid) => keys.find('access-token', kid) });
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

/** Nothing for a grant that nobody knows, or that has ended already. */
async function endOf(grantId: string, client: AuthenticatedAgent, store: EventStore): Promise<readonly StreamAppend[]> {
  const stream = streamName('grant', grantId);
  const { state, revision } = await store.fold(stream, grant, 'fresh');
  const decision = grant.decide({ type: 'revoke-grant', cause: 'client_request', by: client.agentId }, state);
  return decision.ok && decision.events.length > 0 ? [{ stream, expected: revision, events: decision.events }] : [];
}

async function record(
  streams: readonly StreamAppend[],
  { requester, reading }: Pick<Attempt, 'requester' | 'reading'>,
  store: EventStore,
): Promise<'done' | typeof again> {
  const { client, proof } = requester;
  const reserve = [...client.reservations, ...(proof ? [proof.reservation] : [])];
  // Where nothing is appended no guard finds out that what is cached of the client is behind, so that only a fresh reading will do.
  if (streams.length === 0 && reserve.length === 0) return reading === 'cached' ? again : 'done';
  const { agentId, iatId } = client.agent;
  const notRevoked = requesterKeys({ agentId, ...(proof && { proofKey: proof.thumbprint }), ...(iatId !== undefined && { iatId }) });
  const recorded = await store.append({ streams, reserve, unchanged: [client.guard], notRevoked });
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
      if (reading === 'fresh') await refuseJustResumed(agentId, store);
      throw new OAuthError('invalid_client', { refusal: 'requester_revoked' });
  }
}
