import { type EventStore, StoreUnavailable } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type AgentEvent, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { generateKey, makeProof } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { openRemoteKeys } from '../client-keys/remote-keys.js';
import { newSecret, sha256base64url } from '../ids.js';
import { openGuardedFetch } from '../outbound/guarded-fetch.js';
import { attributionOf } from '../refusals/attribution.js';
import type { Grant, TokenAnswer, TokenRequest } from './grant.js';
import { type PostedToken, TokenEndpoint } from './token-endpoint.js';

const issuer = 'https://as.example';
const now = 1_800_000_000;
const secret = newSecret();
const answered: TokenAnswer = { access_token: 'at', token_type: 'Bearer', expires_in: 600, scope: 'demo:read' };

async function agents(): Promise<EventStore> {
  const store = openMemoryStore({ now: () => now * 1_000_000 });
  const event: AgentEvent = {
    type: 'agent.registered',
    agentId: 'ag_1',
    profile: 'ai_agent',
    authMethod: 'client_secret_basic',
    secretHash: sha256base64url(secret),
    grantTypes: ['client_credentials'],
    scope: ['demo:read'],
    audiences: ['https://as.example/demo'],
    dpopBound: false,
    by: 'system',
  };
  await store.append({ streams: [{ stream: streamName('agent', 'ag_1'), expected: 0, events: [event] }] });
  return store;
}

const remoteKeys = openRemoteKeys({ fetch: openGuardedFetch() });

/** An endpoint with one grant that notes what it was asked, and answers as it is told, in turn. */
async function endpoint({ store, answers = [] }: { store?: EventStore; answers?: (() => TokenAnswer | 'again')[] } = {}) {
  const asked: TokenRequest[] = [];
  const grant: Grant = {
    grantType: 'client_credentials',
    parameters: ['scope', 'resource'],
    handle: async (request) => {
      asked.push(request);
      return await Promise.resolve((answers.shift() ?? (() => answered))());
    },
  };
  const token = new TokenEndpoint({ grants: [grant], store: store ?? (await agents()), issuer, remoteKeys });
  return { asked, post: (posted: PostedToken) => token.post(posted) };
}

const honest = (fields = 'grant_type=client_credentials&scope=demo:read', changed: Partial<PostedToken> = {}): PostedToken => ({
  body: Buffer.from(fields),
  authorization: `Basic ${Buffer.from(`ag_1:${secret}`).toString('base64')}`,
  dpop: undefined,
  requestId: 'rq_1',
  ...changed,
});

const failure = (posted: Promise<unknown>): Promise<unknown> =>
  posted.then(
    () => Promise.reject(new Error('a token was given')),
    (error: unknown) => error,
  );

describe('a token request', () => {
  it('reaches the grant it names, with who asks and what was asked', async () => {
    const { asked, post } = await endpoint();
    expect(await post(honest())).toBe(answered);
    expect(asked).toMatchObject([
      { client: { agentId: 'ag_1', method: 'client_secret_basic' }, proof: undefined, reading: 'cached', requestId: 'rq_1' },
    ]);
    expect(asked[0]?.form.one('scope')).toBe('demo:read');
  });

  it('may repeat its client_id beside the credential, and carry parameters nobody knows', async () => {
    const { post } = await endpoint();
    expect(await post(honest('grant_type=client_credentials&client_id=ag_1&utm_source=x'))).toBe(answered);
  });

  it.each([
    ['', 'invalid_request'],
    ['scope=demo:read', 'invalid_request'],
    ['grant_type=', 'invalid_request'],
    ['grant_type=password', 'unsupported_grant_type'],
    ['grant_type=constructor', 'unsupported_grant_type'],
    ['grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
    ['grant_type=client_credentials&scope=%ff', 'invalid_request'],
    // WIRE-04, WIRE-20: known, and not this grant's.
    ['grant_type=client_credentials&subject_token=x', 'invalid_request'],
    ['grant_type=client_credentials&actor_token=x', 'invalid_request'],
    ['grant_type=client_credentials&audience=x', 'invalid_request'],
    ['grant_type=client_credentials&requested_token_type=x', 'invalid_request'],
    ['grant_type=client_credentials&requested_expires_in=60', 'invalid_request'],
    ['grant_type=client_credentials&authorization_details=[]', 'invalid_request'],
    ['grant_type=client_credentials&code=x', 'invalid_request'],
    ['grant_type=client_credentials&username=x', 'invalid_request'],
    ['grant_type=client_credentials&client_id=ag_2', 'invalid_request'],
    ['grant_type=client_credentials&client_secret=x', 'invalid_request'],
  ])('of %s is refused, and reaches no grant', async (fields, code) => {
    const { asked, post } = await endpoint();
    expect(await failure(post(honest(fields)))).toMatchObject({ code });
    expect(asked).toEqual([]);
  });

  it('with its secret in the body is refused as a method that does not exist (CLA-02)', async () => {
    const { post } = await endpoint();
    const posted = honest(`grant_type=client_credentials&client_id=ag_1&client_secret=${secret}`, { authorization: undefined });
    expect(await failure(post(posted))).toMatchObject({ code: 'invalid_client', status: 401, refusal: 'auth_method_mismatch' });
  });
});

describe('a proof beside a token request', () => {
  const key = generateKey();
  const proof = (changed: Partial<Parameters<typeof makeProof>[0]> = {}) =>
    makeProof({ key, method: 'POST', url: `${issuer}/token`, now, jti: 'p1', ...changed });

  it('names the key the token will be bound to, and its single use', async () => {
    const { asked, post } = await endpoint();
    await post(honest(undefined, { dpop: proof() }));
    expect(asked[0]?.proof).toMatchObject({ thumbprint: key.thumbprint, jti: 'p1', reservation: { end: now + 70 } });
  });

  it('carries what the agent says about itself', async () => {
    const { asked, post } = await endpoint();
    await post(honest(undefined, { dpop: proof({ agentContext: { run_id: 'r1' } }) }));
    expect(asked[0]?.proof?.agentContext).toEqual({ run_id: 'r1' });
  });

  it.each<[string, string | readonly string[]]>([
    ['for another endpoint', proof({ url: `${issuer}/revoke` })],
    ['for the address the request came to', proof({ url: 'http://127.0.0.1:4400/token' })],
    ['for another method', proof({ method: 'GET' })],
    ['that is too old', proof({ now: now - 61 })],
    ['that is ahead', proof({ now: now + 11 })],
    ['sent twice', [proof(), proof()]],
    ['that is empty', ''],
    ['that is none', 'x'],
  ])('%s is refused, with the agent known', async (_, dpop) => {
    const { asked, post } = await endpoint();
    const error = await failure(post(honest(undefined, { dpop })));
    expect(error).toMatchObject({ code: 'invalid_dpop_proof' });
    expect(attributionOf(error)).toEqual({ agent: 'ag_1' });
    expect(asked).toEqual([]);
  });

  it('that is refused is refused once: no fresh reading could make it a good one', async () => {
    const store = await agents();
    const readings: unknown[] = [];
    const watched: EventStore = {
      ...store,
      fold: (stream, fold, reading) => {
        readings.push(reading);
        return store.fold(stream, fold, reading);
      },
    };
    const { post } = await endpoint({ store: watched });
    expect(await failure(post(honest(undefined, { dpop: 'x' })))).toMatchObject({ code: 'invalid_dpop_proof' });
    expect(readings).toEqual(['cached']);
  });

  it('is verified once, and when it fails no other reading is asked for: it could change nothing', async () => {
    const readings: unknown[] = [];
    const store = await agents();
    const watched: EventStore = { ...store, fold: (stream, fold, reading) => (readings.push(reading), store.fold(stream, fold, reading)) };
    const { asked, post } = await endpoint({ store: watched, answers: [() => 'again'] });
    await failure(post(honest(undefined, { dpop: 'x' })));
    expect(readings).toEqual(['cached']);
    await post(honest(undefined, { dpop: proof() }));
    expect(readings).toEqual(['cached', 'cached', 'fresh']);
    expect(asked[1]?.proof).toBe(asked[0]?.proof);
  });

  it('is looked at only after the client is known (WIRE-18)', async () => {
    const { post } = await endpoint();
    expect(
      await failure(post(honest(undefined, { dpop: 'x', authorization: `Basic ${Buffer.from('ag_1:wrong').toString('base64')}` }))),
    ).toMatchObject({
      code: 'invalid_client',
    });
  });
});

const no = () => {
  throw new OAuthError('invalid_scope', { refusal: 'scope_exceeds_agent' });
};
const away = () => {
  throw new StoreUnavailable('away');
};

describe('a decision on what was read before', () => {
  it('that changed meanwhile is made once more on a fresh reading', async () => {
    const { asked, post } = await endpoint({ answers: [() => 'again'] });
    expect(await post(honest())).toBe(answered);
    expect(asked.map(({ reading }) => reading)).toEqual(['cached', 'fresh']);
  });

  it('that refuses is made once more too: what was cached may be behind', async () => {
    const { asked, post } = await endpoint({ answers: [no] });
    expect(await post(honest())).toBe(answered);
    expect(asked.map(({ reading }) => reading)).toEqual(['cached', 'fresh']);
  });

  it('stands when the fresh one refuses, and is about whom we know', async () => {
    const { post } = await endpoint({ answers: [no, no] });
    const error = await failure(post(honest()));
    expect(error).toMatchObject({ refusal: 'scope_exceeds_agent' });
    expect(attributionOf(error)).toEqual({ agent: 'ag_1' });
  });

  it('that keeps changing ends as 503, after two', async () => {
    const { asked, post } = await endpoint({ answers: [() => 'again', () => 'again', () => answered] });
    expect(await failure(post(honest()))).toBeInstanceOf(StoreUnavailable);
    expect(asked).toHaveLength(2);
  });

  it('is not made again when the store is away', async () => {
    const { asked, post } = await endpoint({ answers: [away] });
    expect(await failure(post(honest()))).toBeInstanceOf(StoreUnavailable);
    expect(asked).toHaveLength(1);
  });

  it('lets in an agent that registered at another replica since', async () => {
    const store = await agents();
    const behind: EventStore = {
      ...store,
      fold: (stream, fold, reading) =>
        reading === 'fresh'
          ? store.fold(stream, fold)
          : Promise.resolve({ state: fold.initial, revision: 0, guard: { stream, revision: 0 } }),
    };
    const { asked, post } = await endpoint({ store: behind });
    expect(await post(honest())).toBe(answered);
    expect(asked.map(({ reading }) => reading)).toEqual(['fresh']);
  });
});
