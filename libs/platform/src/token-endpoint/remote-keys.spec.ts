import { openMemoryStore } from '@chancery/eventstore/memory';
import { type AgentEvent, streamName } from '@chancery/events';
import { OAuthError, parseForm, renderJson } from '@chancery/oauth';
import { type ClientKey, generateKey, makeAssertion } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { openRemoteKeys } from '../client-keys/remote-keys.js';
import { newSecret, sha256base64url } from '../ids.js';
import { type GuardedFetchDeps, openGuardedFetch } from '../outbound/guarded-fetch.js';
import { at, ca, inside, json, onlyOutside, outside, serveOutside, trap } from '../outbound/spec-kit/outside.js';
import { type AuthenticateAgent, authenticateAgent } from './authenticate-agent.js';

const issuer = 'https://as.example';
const now = 1_800_000_000;
const agentId = 'ag_1';
const key = generateKey();

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

/** An agent whose keys are at a real server, and the server that authenticates it, with a clock for its cache. */
async function world(changed: Partial<Registered> = {}, deps: Partial<GuardedFetchDeps> = {}) {
  const clock = { seconds: 0 };
  const published = { keys: [key] as readonly ClientKey[], answers: true };
  const server = await serveOutside((_, res) => {
    if (published.answers) json(res, JSON.stringify({ keys: published.keys.map(({ publicJwk }) => publicJwk) }));
    else res.writeHead(503).end();
  });
  const registered: Registered = {
    type: 'agent.registered',
    agentId,
    profile: 'ai_agent',
    authMethod: 'private_key_jwt',
    jwksUri: server.url,
    grantTypes: ['client_credentials'],
    scope: ['demo:read'],
    audiences: ['https://as.example/demo'],
    dpopBound: true,
    leaseEndsAt: now + 100,
    by: 'system',
    ...changed,
  };
  const store = openMemoryStore({ now: () => now * 1_000_000 });
  await store.append({ streams: [{ stream: streamName('agent', agentId), expected: 0, events: [registered] }] });
  const fetch = openGuardedFetch({ resolve: at(outside), allowed: onlyOutside, ca, ...deps });
  const remoteKeys = openRemoteKeys({ fetch, monotonic: () => clock.seconds });
  const authenticate = (by = key, asked: Partial<AuthenticateAgent> = {}) => {
    const assertion = makeAssertion({ clientId: agentId, issuer, key: by, now });
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const form = parseForm(Buffer.from(new URLSearchParams({ client_assertion_type: type, client_assertion: assertion }).toString()));
    return authenticateAgent({ form, authorization: undefined, store, remoteKeys, issuer, now, reading: 'fresh', ...asked });
  };
  return { clock, published, server, authenticate };
}

async function refusalOf(work: Promise<unknown>): Promise<OAuthError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OAuthError) return error;
  throw error ?? new Error('it was let in');
}

describe('an agent whose keys are at its jwks_uri', () => {
  it('is known by them, fetched once (CLA-12)', async () => {
    const { server, authenticate } = await world();
    for (let n = 0; n < 3; n++)
      expect(await authenticate()).toMatchObject({ agentId, method: 'private_key_jwt', reservations: [{ end: now + 70 }] });
    expect(server.requests).toHaveLength(1);
  });

  it('is not known by any other key, and 5 000 of those cost one fetch a minute (S-027)', async () => {
    const { clock, server, authenticate } = await world();
    await authenticate();
    clock.seconds += 60;
    for (let n = 0; n < 5_000; n++) expect((await refusalOf(authenticate(foreign[n % 8]))).refusal).toBe('signature_invalid');
    expect(server.requests).toHaveLength(2);
    expect(await authenticate()).toMatchObject({ agentId });
  }, 60_000);

  it.each<[string, Partial<Registered>]>([
    ['agent_pending', { awaitsApproval: true }],
    ['lease_expired', { leaseEndsAt: now }],
  ])('is asked about nowhere when it may not act anyway: %s', async (refusal, changed) => {
    const { server, authenticate } = await world(changed);
    for (const by of [key, foreign[0]]) expect(await refusalOf(authenticate(by))).toMatchObject({ code: 'invalid_client', refusal });
    expect(server.requests).toHaveLength(0);
  });

  it('is known by a key that was rotated in within the minute, and no more by the one that went', async () => {
    const { clock, published, authenticate } = await world();
    await authenticate();
    const next = generateKey();
    published.keys = [next];
    expect((await refusalOf(authenticate(next))).refusal).toBe('signature_invalid');
    clock.seconds += 60;
    expect(await authenticate(next)).toMatchObject({ agentId });
    expect((await refusalOf(authenticate())).refusal).toBe('signature_invalid');
  });

  it('is known by the keys of before while their address is away', async () => {
    const { clock, published, authenticate } = await world();
    await authenticate();
    published.answers = false;
    clock.seconds += 3_000;
    expect(await authenticate()).toMatchObject({ agentId });
    clock.seconds += 1_000;
    expect((await refusalOf(authenticate())).refusal).toBe('fetch_status_not_ok');
  });

  it('is bound to the algorithm it fixed, under either of its names (CLA-12)', async () => {
    const edwards = generateKey('Ed25519');
    for (const signingAlg of ['Ed25519', 'EdDSA']) {
      const { published, authenticate } = await world({ signingAlg });
      published.keys = [edwards, key];
      expect(await authenticate(edwards)).toMatchObject({ agentId });
      expect((await refusalOf(authenticate())).refusal).toBe('signature_invalid');
    }
  });

  it('is asked for nothing there while a secret is its method', async () => {
    const secret = newSecret();
    const { server, authenticate } = await world({ authMethod: 'client_secret_basic', secretHash: sha256base64url(secret) });
    const authorization = `Basic ${Buffer.from(`${agentId}:${secret}`).toString('base64')}`;
    expect(await authenticate(key, { form: parseForm(Buffer.from('')), authorization })).toMatchObject({ agentId, reservations: [] });
    expect((await refusalOf(authenticate())).refusal).toBe('auth_method_mismatch');
    expect(server.requests).toEqual([]);
  });

  it.each<[string, Partial<GuardedFetchDeps>, string]>([
    ['inside', { resolve: at(inside) }, 'fetch_address_not_public'],
    ['nowhere', { resolve: at() }, 'fetch_not_resolved'],
    ['outside and inside', { resolve: at(outside, inside) }, 'fetch_address_not_public'],
    ['somebody else', { ca: '' }, 'fetch_not_reached'],
  ])('is refused as anybody is when they are %s, and why is recorded (S-021, S-026)', async (_, deps, reason) => {
    const { server, authenticate } = await world({}, deps);
    const { hits } = await trap(server.port);
    const error = await refusalOf(authenticate());
    expect(error.refusal).toBe(reason);
    expect(renderJson(error)).toEqual(renderJson(new OAuthError('invalid_client', { refusal: 'any' })));
    expect([hits(), server.requests.length]).toEqual([0, 0]);
  });
});

const foreign = Array.from({ length: 8 }, () => generateKey());
