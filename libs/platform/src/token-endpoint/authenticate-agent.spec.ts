import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type AgentEvent, type IatEvent, streamName } from '@chancery/events';
import { OAuthError, parseForm, renderJson } from '@chancery/oauth';
import { generateKey, makeAssertion } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { openRemoteKeys } from '../client-keys/remote-keys.js';
import { newSecret, sha256base64url } from '../ids.js';
import { openGuardedFetch } from '../outbound/guarded-fetch.js';
import { attributionOf } from '../refusals/attribution.js';
import { type AuthenticateAgent, authenticateAgent } from './authenticate-agent.js';

const issuer = 'https://as.example';
const now = 1_800_000_000;
const agentId = 'ag_1';
const iatId = 'it_1';
const key = generateKey();
const secret = newSecret();
const remoteKeys = openRemoteKeys({ fetch: openGuardedFetch() });

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

const registered = (changed: Partial<Registered> = {}): Registered => ({
  type: 'agent.registered',
  agentId,
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  jwks: [key.publicJwk],
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: ['https://as.example/demo'],
  dpopBound: true,
  leaseEndsAt: now + 100,
  by: 'system',
  ...changed,
});
const withSecret = registered({ authMethod: 'client_secret_basic', secretHash: sha256base64url(secret) });

async function storeOf(...events: AgentEvent[]): Promise<EventStore> {
  const store = openMemoryStore({ now: () => now * 1_000_000 });
  if (events.length > 0) await store.append({ streams: [{ stream: streamName('agent', agentId), expected: 0, events }] });
  return store;
}

/** Of an agent that came from an IAT which has ended that way. */
async function storeOfRoot(...ends: IatEvent[]): Promise<EventStore> {
  const store = await storeOf(registered({ iatId }));
  const minted: IatEvent = {
    type: 'iat.minted',
    iatId,
    class: 'default',
    uses: 1,
    expiresAt: now + 1,
    tokenHash: sha256base64url(secret),
    by: 'system',
  };
  await store.append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [minted, ...ends] }] });
  return store;
}

const assertion = (changed: Partial<Parameters<typeof makeAssertion>[0]> = {}) =>
  makeAssertion({ clientId: agentId, issuer, key, now, jti: 'j1', ...changed });
const formOf = (fields: Record<string, string>) => parseForm(Buffer.from(new URLSearchParams(fields).toString()));
const byKey = (text: string) =>
  formOf({ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: text });
const basic = (id: string, password: string) => `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;

const asked = (store: EventStore, changed: Partial<AuthenticateAgent> = {}): AuthenticateAgent => ({
  form: byKey(assertion()),
  authorization: undefined,
  store,
  remoteKeys,
  issuer,
  now,
  reading: 'fresh',
  ...changed,
});
const askedWithSecret = (store: EventStore, password = secret, id = agentId) =>
  asked(store, { form: formOf({}), authorization: basic(id, password) });

async function refusal(request: AuthenticateAgent): Promise<OAuthError> {
  const error: unknown = await authenticateAgent(request).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OAuthError) return error;
  throw error ?? new Error('it was let in');
}

describe('an agent that authenticates', () => {
  it('with its key is known, with what an append needs: its guard, and the assertion’s single use', async () => {
    const store = await storeOf(registered());
    const one = await authenticateAgent(asked(store));
    expect(one).toMatchObject({
      agentId,
      method: 'private_key_jwt',
      agent: { status: 'active', scope: ['demo:read'] },
      guard: { stream: 'main/agent/ag_1', revision: 1 },
      reservations: [{ end: now + 60 + 10 }],
    });
    const same = await authenticateAgent(asked(store, { now: now + 1 }));
    expect(same.reservations).toEqual(one.reservations);
    const other = await authenticateAgent(asked(store, { form: byKey(assertion({ jti: 'j2' })) }));
    expect(other.reservations[0]?.key).not.toEqual(one.reservations[0]?.key);
  });

  it('is known although the initial access token it came from was closed: that ends further registrations alone', async () => {
    const closed: IatEvent = { type: 'iat.closed', iatId, reason: 'spec', by: 'system' };
    expect(await authenticateAgent(asked(await storeOfRoot(closed)))).toMatchObject({ agentId, agent: { iatId } });
  });

  it('with its secret is known, and there is nothing of single use', async () => {
    expect(await authenticateAgent(askedWithSecret(await storeOf(withSecret)))).toMatchObject({
      agentId,
      method: 'client_secret_basic',
      reservations: [],
    });
  });
});

describe('a secret that was rotated', () => {
  const newest = newSecret();
  const rotated = (before: string): AgentEvent => ({
    type: 'agent.secret-rotated',
    agentId,
    secretHash: sha256base64url(before === secret ? newest : before),
    previousSecretEndsAt: now + 10,
    ratHash: 'r'.repeat(43),
    previousRatEndsAt: now,
    by: agentId,
  });

  it('works on beside its successor to the second, and not when that has a successor too (MGT-07, CLA-03)', async () => {
    const store = await storeOf(withSecret, rotated(secret));
    expect(await authenticateAgent(askedWithSecret(store, newest))).toMatchObject({ agentId });
    const old = askedWithSecret(store);
    expect(await authenticateAgent({ ...old, now: now + 9 })).toMatchObject({ agentId });
    expect((await refusal({ ...old, now: now + 10 })).refusal).toBe('secret_wrong');
    const twice = await storeOf(withSecret, rotated(secret), rotated(newSecret()));
    expect((await refusal(askedWithSecret(twice))).refusal).toBe('secret_wrong');
    expect(await authenticateAgent(askedWithSecret(twice, newest))).toMatchObject({ agentId });
  });
});

describe('an agent that is not let in', () => {
  const deleted: AgentEvent = { type: 'agent.deleted', agentId, cause: 'client_request', by: agentId };
  const iatRevoked: IatEvent = { type: 'iat.revoked', iatId, reason: 'spec', by: 'system' };
  const suspended: AgentEvent = { type: 'agent.suspended', agentId, reason: 'spec', by: 'system' };
  const revoked: AgentEvent = { type: 'agent.revoked', agentId, reason: 'spec', by: 'system' };

  it.each<[string, () => Promise<AuthenticateAgent>, string, boolean]>([
    ['unknown', async () => asked(await storeOf()), 'agent_unknown', false],
    ['waiting for approval', async () => asked(await storeOf(registered({ awaitsApproval: true }))), 'agent_pending', true],
    ['suspended', async () => asked(await storeOf(registered(), suspended)), 'agent_suspended', true],
    ['revoked', async () => asked(await storeOf(registered(), revoked)), 'agent_revoked', true],
    ['deleted', async () => asked(await storeOf(registered(), deleted)), 'agent_deleted', true],
    ['at the second its lease ends', async () => asked(await storeOf(registered({ leaseEndsAt: now }))), 'lease_expired', true],
    ['of a revoked initial access token', async () => asked(await storeOfRoot(iatRevoked)), 'iat_revoked', true],
    [
      'with another key',
      async () => asked(await storeOf(registered()), { form: byKey(assertion({ key: generateKey() })) }),
      'signature_invalid',
      false,
    ],
    [
      'with an assertion for another server',
      async () => asked(await storeOf(registered()), { form: byKey(assertion({ issuer: 'https://other.example' })) }),
      'assertion_audience',
      false,
    ],
    ['with an old assertion', async () => asked(await storeOf(registered()), { now: now + 60 }), 'assertion_invalid', false],
    ['by a method it did not register', async () => askedWithSecret(await storeOf(registered())), 'auth_method_mismatch', false],
    ['with a key where a secret is registered', async () => asked(await storeOf(withSecret)), 'auth_method_mismatch', false],
  ])('learns nothing but that: %s (CLA-03)', async (_, request, reason, authenticated) => {
    const error = await refusal(await request());
    expect(error.refusal).toBe(reason);
    expect(attributionOf(error)).toEqual(authenticated ? { agent: agentId } : {});
    expect(renderJson(error)).toEqual(renderJson(new OAuthError('invalid_client', { refusal: 'any' })));
  });

  it.each<[string, () => Promise<AuthenticateAgent>, string, boolean]>([
    ['unknown', async () => askedWithSecret(await storeOf()), 'agent_unknown', false],
    [
      'with an id that no stream can have',
      async () => askedWithSecret(await storeOf(withSecret), secret, 'main/agent/ag_1'),
      'agent_unknown',
      false,
    ],
    ['with the wrong secret', async () => askedWithSecret(await storeOf(withSecret), newSecret()), 'secret_wrong', false],
    ['suspended', async () => askedWithSecret(await storeOf(withSecret, suspended)), 'agent_suspended', true],
  ])('learns nothing with a secret either: %s', async (_, request, reason, authenticated) => {
    const error = await refusal(await request());
    expect(error.refusal).toBe(reason);
    expect(attributionOf(error)).toEqual(authenticated ? { agent: agentId } : {});
    expect(renderJson(error)).toEqual(renderJson(new OAuthError('invalid_client', { refusal: 'any' })));
  });

  it('with two credentials at once is told so', async () => {
    expect(await refusal(asked(await storeOf(registered()), { authorization: basic(agentId, secret) }))).toMatchObject({
      code: 'invalid_request',
    });
  });
});
