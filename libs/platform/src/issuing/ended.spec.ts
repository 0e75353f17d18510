import { streamName, type ChanceryEvent, type KeyEvent } from '@chancery/events';
import { type NotRevoked, StoreUnavailable } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { OAuthError } from '@chancery/oauth';
import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { openRemoteKeys } from '../client-keys/remote-keys.js';
import { newId, newSecret, sha256base64url } from '../ids.js';
import type { KeyRing } from '../keys/key-ring.js';
import { type MadeKey, makeKey } from '../keys/make-key.js';
import { openGuardedFetch } from '../outbound/guarded-fetch.js';
import type { Grant } from '../token-endpoint/grant.js';
import { TokenEndpoint } from '../token-endpoint/token-endpoint.js';
import { issue, type IssuanceEvent } from './issue.js';

const issuer = 'https://as.example';
const agentId = 'ag_1';
const purpose = 'access-token';
const secret = newSecret();
const streams = { agent: streamName('agent', agentId), key: streamName('key', purpose) };
const why = { reason: 'spec', by: 'op_1' };

const registered: ChanceryEvent = {
  type: 'agent.registered',
  agentId,
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  secretHash: sha256base64url(secret),
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: [`${issuer}/demo`],
  dpopBound: false,
  by: 'op_1',
};
const suspended: ChanceryEvent = { type: 'agent.suspended', agentId, ...why };
const resumed: ChanceryEvent = { type: 'agent.resumed', agentId, ...why };
const added = ({ kid, alg, jwk }: MadeKey): KeyEvent => ({ type: 'key.added', purpose, kid, alg, jwk, publishedAt: 1, by: 'op_1' });

const issued = (kid: string): IssuanceEvent => ({
  type: 'grant.token-issued',
  grantId: newId('gr'),
  grantType: 'client_credentials',
  agentId,
  subject: agentId,
  subjectProfile: 'ai_agent',
  scope: ['demo:read'],
  audience: `${issuer}/demo`,
  jti: newId('tk'),
  txn: newId('tx'),
  expiresAt: 2_000_000_000,
  kid,
});

/** An agent that asks a replica which hears of changed signing keys only when it looks. */
async function world() {
  const clock = { seconds: 1_800_000_000.2 };
  const store = openMemoryStore({ now: () => Math.round(clock.seconds * 1_000_000) });
  const record = async (stream: string, ...events: ChanceryEvent[]) => {
    const { length: expected } = await store.read(stream);
    expect(await store.append({ streams: [{ stream, expected, events }] })).toMatchObject({ outcome: 'recorded' });
  };
  const [first, second] = [makeKey('ES256'), makeKey('ES256')];
  await record(streams.agent, registered);
  await record(streams.key, added(first), added(second));

  let signs: MadeKey | undefined = first;
  const keys = {
    active() {
      if (!signs) throw new StoreUnavailable('no key');
      return signs;
    },
    find: (_purpose: string, kid: string) => [first, second].find((key) => key.kid === kid && key === signs),
    async refresh() {
      const ended = (await store.read(streams.key)).flatMap(({ event }) => (event.type === 'key.revoked' ? [event.kid] : []));
      signs = [first, second].find(({ kid }) => !ended.includes(kid));
    },
  } as unknown as KeyRing;

  const rests: NotRevoked[] = [];
  /** What happens elsewhere between a decision and its record, attempt by attempt. */
  const meanwhile: (() => Promise<void>)[] = [];
  const grant: Grant = {
    grantType: 'client_credentials',
    parameters: [],
    async handle(request) {
      const signingKey = keys.active(purpose);
      await meanwhile.shift()?.();
      const revoked = () => new OAuthError('invalid_request', { refusal: 'ancestor_revoked' });
      return await issue({ event: issued(signingKey.kid), signingKey, unchanged: [], notRevoked: rests, revoked }, request, {
        store,
        keys,
        issuer,
      });
    },
  };
  const endpoint = new TokenEndpoint({ grants: [grant], store, issuer, remoteKeys: openRemoteKeys({ fetch: openGuardedFetch() }) });
  const ask = () =>
    endpoint.post({
      body: Buffer.from('grant_type=client_credentials'),
      authorization: `Basic ${Buffer.from(`${agentId}:${secret}`).toString('base64')}`,
      dpop: undefined,
      requestId: 'rq_1',
    });
  const endKey = ({ kid }: MadeKey) => record(streams.key, { type: 'key.revoked', purpose, kid, ...why });
  return { clock, record, first, second, endKey, meanwhile, rests, ask };
}

describe('a signing key that ended at another replica', () => {
  it('is our own trouble: the agent gets its token, signed by the next one', async () => {
    const { first, second, endKey, ask } = await world();
    expect(decodeProtectedHeader((await ask()).access_token).kid).toBe(first.kid);
    await endKey(first);
    expect(decodeProtectedHeader((await ask()).access_token).kid).toBe(second.kid);
  });

  it('without another one is a service that is away, never a client that is refused', async () => {
    const { first, second, endKey, ask } = await world();
    await endKey(first);
    await endKey(second);
    await expect(ask()).rejects.toThrow(StoreUnavailable);
  });
});

describe('signing keys that end one after the other', () => {
  it('are a service that is away, never a client that is refused', async () => {
    const { first, second, endKey, meanwhile, ask } = await world();
    meanwhile.push(
      () => endKey(first),
      () => endKey(second),
    );
    await expect(ask()).rejects.toThrow(StoreUnavailable);
    expect(meanwhile).toEqual([]);
  });
});

describe('an agent that was resumed', () => {
  it('is asked to come back until it can be given something: T has to pass (design §4)', async () => {
    const { clock, record, ask } = await world();
    await record(streams.agent, suspended);
    await expect(ask()).rejects.toMatchObject({ status: 401, refusal: 'agent_suspended' });
    await record(streams.agent, resumed);
    const soon = { code: 'temporarily_unavailable', status: 503, retryAfter: 1, refusal: 'resumed_too_recently' };
    await expect(ask()).rejects.toMatchObject(soon);
    clock.seconds += 1;
    await expect(ask()).rejects.toMatchObject(soon);
    clock.seconds += 1;
    expect(await ask()).toMatchObject({ token_type: 'Bearer' });
  });

  it('is told at once that what it had before stays dead', async () => {
    const { clock, record, rests, ask } = await world();
    rests.push({ kind: 'agent', id: agentId, since: Math.floor(clock.seconds) });
    await record(streams.agent, suspended, resumed);
    await expect(ask()).rejects.toMatchObject({ refusal: 'ancestor_revoked' });
    clock.seconds += 2;
    await expect(ask()).rejects.toMatchObject({ refusal: 'ancestor_revoked' });
  });

  it('is told so when something else ended, once it is no longer about T', async () => {
    const { clock, record, rests, ask } = await world();
    await record(streams.agent, suspended, resumed);
    rests.push({ kind: 'grant', id: 'gr_1', since: Math.floor(clock.seconds) });
    await record(streamName('grant', 'gr_1'), { ...issued('k'), grantId: 'gr_1' });
    await record(streamName('grant', 'gr_1'), { type: 'grant.revoked', grantId: 'gr_1', cause: 'operator', by: 'op_1' });
    clock.seconds += 3;
    await expect(ask()).rejects.toMatchObject({ status: 400, refusal: 'ancestor_revoked' });
  });

  it('and revoked then is refused for good', async () => {
    const { record, ask } = await world();
    await record(streams.agent, suspended, resumed, { type: 'agent.revoked', agentId, ...why });
    await expect(ask()).rejects.toMatchObject({ status: 401, refusal: 'agent_revoked' });
  });
});
