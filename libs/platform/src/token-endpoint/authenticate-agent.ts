import { agent, type AgentState, iat, type KnownAgent, standing } from '@chancery/domain';
import { type EventStore, type Folded, type Reading, reservation, type Reservation } from '@chancery/eventstore';
import { canNameStream, streamName } from '@chancery/events';
import {
  type AssertionClient,
  type Form,
  OAuthError,
  type PresentedClient,
  presentedClient,
  verifyClientAssertion,
  verifyClientSecret,
} from '@chancery/oauth';
import type { ClientKeys } from '../client-keys/key-set.js';
import type { RemoteKeys } from '../client-keys/remote-keys.js';
import { FetchRefused } from '../outbound/fetch-refused.js';
import { attribute } from '../refusals/attribution.js';
import type { AuthenticatedAgent } from './grant.js';

export interface AuthenticateAgent {
  readonly form: Form;
  /** The `Authorization` field as it came. */
  readonly authorization: string | readonly string[] | undefined;
  readonly store: EventStore;
  /** Of agents that registered a `jwks_uri`. */
  readonly remoteKeys: RemoteKeys;
  readonly issuer: string;
  /** Seconds since 1970 by the database's clock. */
  readonly now: number;
  readonly reading: Reading;
}

/**
 * Who asks, by the one method it registered (CLA-01, CLA-02). Unknown, suspended, past its lease, of a revoked IAT, or wrong: one answer and equal work, with
 * the reason inside only (CLA-03). Throws OAuthError `invalid_client`, or `invalid_request` for two methods at once.
 */
export async function authenticateAgent(request: AuthenticateAgent): Promise<AuthenticatedAgent> {
  const presented = presentedClient(request.form, request.authorization);
  const { state, guard } = await readAgent(presented.clientId, request);
  // The credential first, standing after it: whoever has no credential learns nothing about an agent, not even by time.
  const known = state.status !== 'unknown' && state.authMethod === presented.method ? state : undefined;
  if (!known) throw unknownClient(presented, state, request);
  const { jwksUri } = known;
  let reservations: readonly Reservation[];
  if (jwksUri !== undefined && presented.method === 'private_key_jwt') {
    // The other way round: whoever knows the name of an agent that has ended could have us ask its server for ever.
    await refuseUnfit(known, request);
    reservations = await verifyByRemoteKeys(presented.assertion, { ...known, jwksUri }, request);
  } else {
    reservations = verifyCredential(presented, known, request);
    await refuseUnfit(known, request);
  }
  return { agentId: known.agentId, agent: known, guard, method: presented.method, reservations };
}

async function refuseUnfit(known: KnownAgent, request: AuthenticateAgent): Promise<void> {
  const unfit = standing(known, request.now) ?? (await rootStanding(known, request));
  if (unfit) throw attribute(refuse(unfit), { agent: known.agentId });
}

/** What cannot name a stream is a client nobody knows, not a mistake. */
const readAgent = (clientId: string, { store, reading }: AuthenticateAgent): Promise<Folded<AgentState>> =>
  store.fold(streamName('agent', canNameStream(clientId) ? clientId : 'nobody'), agent, reading);

/** An agent ends with the initial access token it came from (design §7). */
async function rootStanding({ iatId }: KnownAgent, { store, reading }: AuthenticateAgent): Promise<'iat_revoked' | undefined> {
  if (iatId === undefined) return undefined;
  const { state } = await store.fold(streamName('iat', iatId), iat, reading);
  return state.status === 'revoked' ? 'iat_revoked' : undefined;
}

function verifyCredential(presented: PresentedClient, known: KnownAgent, { issuer, now }: AuthenticateAgent): Reservation[] {
  if (presented.method === 'client_secret_basic') {
    if (!isSecretOf(presented.secret, known, now)) throw refuse('secret_wrong');
    return [];
  }
  return verifyAssertion(presented.assertion, { clientId: known.agentId, jwks: { keys: known.jwks ?? [] } }, { issuer, now });
}

function verifyAssertion(assertion: string, client: AssertionClient, at: Pick<AuthenticateAgent, 'issuer' | 'now'>): Reservation[] {
  const { iss, jti, end } = verifyClientAssertion({ assertion, client, issuer: at.issuer, now: at.now });
  return [reservation('client-assertion', [iss, jti], end)];
}

/** By the keys at its address (CLA-12). What none of them verifies may be of one that was rotated in, so that they are looked at again, within limits. */
async function verifyByRemoteKeys(
  assertion: string,
  { agentId: clientId, jwksUri, signingAlg }: KnownAgent & { jwksUri: string },
  request: AuthenticateAgent,
): Promise<Reservation[]> {
  const { remoteKeys } = request;
  const by = (keys: ClientKeys) =>
    verifyAssertion(assertion, { clientId, jwks: { keys }, ...(signingAlg !== undefined && { signingAlg }) }, request);
  const keys = await remoteKeys.keysAt(jwksUri, clientId).catch(keysAway);
  try {
    return by(keys);
  } catch (error) {
    const newer = isUnsigned(error) ? await remoteKeys.newerThan(keys, jwksUri, clientId) : undefined;
    if (newer === undefined) throw error;
    return by(newer);
  }
}

/** One answer whatever it was (S-026); the reason is in the record. */
function keysAway(error: unknown): never {
  if (!(error instanceof FetchRefused)) throw error;
  throw new OAuthError('invalid_client', { refusal: `fetch_${error.refusal}`, cause: error });
}

const isUnsigned = (error: unknown): boolean => error instanceof OAuthError && error.refusal === 'signature_invalid';

/** The newest secret or, in the overlap after a rotation, the one before it. Both are compared whatever the first says, and whoever it is. */
function isSecretOf(secret: string, known: KnownAgent | undefined, now: number): boolean {
  const before = known?.previousSecret;
  const isNewest = verifyClientSecret(secret, known?.secretHash);
  const wasBefore = verifyClientSecret(secret, before && before.endsAt > now ? before.hash : undefined);
  return isNewest || wasBefore;
}

/** The same work as for somebody known, then the same answer. */
function unknownClient(presented: PresentedClient, state: AgentState, { issuer, now }: AuthenticateAgent): OAuthError {
  if (presented.method === 'client_secret_basic') isSecretOf(presented.secret, undefined, now);
  else workInVain(() => verifyClientAssertion({ assertion: presented.assertion, client: undefined, issuer, now }));
  return refuse(state.status === 'unknown' ? 'agent_unknown' : 'auth_method_mismatch');
}

function workInVain(work: () => unknown): void {
  try {
    work();
  } catch {
    // The refusal that follows has the reason.
  }
}

const refuse = (refusal: string): OAuthError => new OAuthError('invalid_client', { refusal });
