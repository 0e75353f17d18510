import { type AppendOutcome, type EventStore, StoreUnavailable } from '@chancery/eventstore';
import { makeProof, generateKey } from '@chancery/oauth/client';
import { newId } from '@chancery/platform';
import { decodeJwt } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { remembering } from '../../spec-kit/remembering.js';
import { basic, issuer, now, openWorld, type World } from '../../spec-kit/world.js';

const key = generateKey();
const proof = () => ['dpop', makeProof({ key, method: 'POST', url: `${issuer}/token`, now })];
const agents = {
  ag_bound: { class: 'bound' },
  ag_bearer: { class: 'bearer' },
  ag_two: { class: 'bearer', audiences: ['demo', 'mail'] },
  ag_exchanger: { class: 'bearer', grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
} as const;

async function open(change?: (store: EventStore) => EventStore): Promise<World> {
  const world = await openWorld(agents, change);
  onTestFinished(() => world.close());
  return world;
}

const ask = async (world: World, agent: keyof typeof agents, form: Record<string, string> | string = {}, headers: string[] = []) => {
  const body = typeof form === 'string' ? `grant_type=client_credentials&${form}` : { grant_type: 'client_credentials', ...form };
  const { status, text, headers: said } = await world.post('/token', body, ['authorization', basic(agent), ...headers]);
  const answer = JSON.parse(text) as { access_token: string } & Record<string, unknown>;
  return { status, answer, headers: said, claims: status === 200 ? decodeJwt(answer.access_token) : {} };
};

describe('a token for the agent itself', () => {
  it('is all there is: no refresh token, no actor, no user, and nothing the request made up (CC-02, TOK-01, ATK-04)', async () => {
    const world = await open();
    const madeUp = { sub: 'u_1', act: '{"sub":"u_1"}', roles: 'admin', tenant: 'other', iss: 'https://evil.example', exp: '9999999999' };
    const { answer, claims } = await ask(world, 'ag_bound', { scope: 'demo:read', ...madeUp }, proof());
    expect(answer).toEqual({ access_token: answer.access_token, token_type: 'DPoP', expires_in: 600, scope: 'demo:read' });
    expect(claims).toEqual({
      iss: issuer,
      sub: 'ag_bound',
      aud: `${issuer}/demo`,
      exp: now + 600,
      iat: now,
      jti: expect.stringMatching(/^tk_/) as string,
      client_id: 'ag_bound',
      scope: 'demo:read',
      sub_profile: 'ai_agent',
      cnf: { jkt: key.thumbprint },
      grant_id: expect.stringMatching(/^gr_/) as string,
      txn: expect.stringMatching(/^tx_/) as string,
    });
  });

  it('is for the registered resource, in its registered spelling, however it was asked for (ATK-02, AUZ-06)', async () => {
    const world = await open();
    for (const resource of [`${issuer}/demo`, 'HTTPS://ID.Example/demo', 'https://id.example:443/demo'])
      expect((await ask(world, 'ag_bearer', { resource })).claims.aud).toBe(`${issuer}/demo`);
    for (const resource of [`${issuer}/demo/`, `${issuer}/Demo`, `${issuer}/mail`, issuer])
      expect((await ask(world, 'ag_bearer', { resource })).answer, resource).toMatchObject({ error: 'invalid_target' });
  });

  it('is for its single resource when none is named, and for none when it has two or names two (CC-03)', async () => {
    const world = await open();
    expect((await ask(world, 'ag_bearer')).claims.aud).toBe(`${issuer}/demo`);
    expect((await ask(world, 'ag_two')).answer).toMatchObject({ error: 'invalid_target' });
    expect((await ask(world, 'ag_two', { resource: `${issuer}/mail` })).claims).toMatchObject({
      aud: `${issuer}/mail`,
      scope: 'mail:read',
    });
    const both = `resource=${encodeURIComponent(`${issuer}/demo`)}&resource=${encodeURIComponent(`${issuer}/mail`)}`;
    expect((await ask(world, 'ag_two', both)).answer).toMatchObject({ error: 'invalid_target' });
  });

  it('is not for an agent that registered for something else (CC-01)', async () => {
    expect(await ask(await open(), 'ag_exchanger')).toMatchObject({ status: 400, answer: { error: 'unauthorized_client' } });
  });
});

describe('the binding of a token', () => {
  it('is to the key that was proven, also where bearer would do (DPOP-11)', async () => {
    const { answer, claims } = await ask(await open(), 'ag_bearer', {}, proof());
    expect([answer['token_type'], claims['cnf']]).toEqual(['DPoP', { jkt: key.thumbprint }]);
  });

  it('is left out only where class and registration say bearer, and its event shows it (CC-05, DPOP-12)', async () => {
    const world = await open();
    const { answer, claims } = await ask(world, 'ag_bearer');
    expect([answer['token_type'], claims]).toEqual(['Bearer', expect.not.objectContaining({ cnf: expect.anything() as object })]);
    const [issued] = await world.store.read(`main/grant/${String(claims['grant_id'])}`);
    expect(issued?.event).not.toHaveProperty('proofKey');
    expect(await ask(world, 'ag_bound')).toMatchObject({ status: 400, answer: { error: 'invalid_request' } });
  });
});

describe('a request that is refused', () => {
  it('uses nothing up: its proof is good for one that is not, once (WIRE-18)', async () => {
    const world = await open();
    const shown = proof();
    expect(await ask(world, 'ag_bound', { scope: 'demo:admin' }, shown)).toMatchObject({ answer: { error: 'invalid_scope' } });
    expect(await ask(world, 'ag_bound', { resource: `${issuer}/mail` }, shown)).toMatchObject({ answer: { error: 'invalid_target' } });
    expect((await ask(world, 'ag_bound', {}, shown)).status).toBe(200);
    expect(await ask(world, 'ag_bound', {}, shown)).toMatchObject({ status: 400, answer: { error: 'invalid_dpop_proof' } });
  });

  it.each(['Client-Cert', 'X-Client-Cert', 'X-Forwarded-Client-Cert', 'SSL_CLIENT_CERT', 'X-Forwarded-For', 'Chancery-Caller'])(
    'is not let in by what only a proxy of ours could say: %s (S-110, MTLS-04)',
    async (name) => {
      const world = await open();
      const { status, text } = await world.post('/token', { grant_type: 'client_credentials', client_id: 'ag_bearer' }, [
        name,
        'ag_bearer',
      ]);
      expect([status, JSON.parse(text)]).toEqual([401, { error: 'invalid_client' }]);
    },
  );
});

describe('a token whose event cannot be recorded', () => {
  const outcomes: [string, () => Promise<AppendOutcome>, number, string][] = [
    ['the store is away', () => Promise.reject(new StoreUnavailable('away')), 503, 'temporarily_unavailable'],
    ['what it rests on keeps changing', () => Promise.resolve({ outcome: 'stale' }), 503, 'temporarily_unavailable'],
    ['what it rests on was ended', () => Promise.resolve({ outcome: 'revoked' }), 401, 'invalid_client'],
    ['its proof was used before', () => Promise.resolve({ outcome: 'reserved', taken: 0 }), 400, 'invalid_dpop_proof'],
    [
      'it was recorded when it was over already',
      () => Promise.resolve({ outcome: 'recorded', position: 1n, at: (now + 600) * 1e6 }),
      503,
      'temporarily_unavailable',
    ],
    ['its proof is over by the time of the store', () => Promise.resolve({ outcome: 'expired' }), 400, 'invalid_request'],
  ];

  it.each(outcomes)('is never signed: %s (S-140, ATK-01)', async (_, append, status, error) => {
    const world = await open((store) => ({ ...store, append }));
    const { status: said, answer, headers } = await ask(world, 'ag_bound', {}, proof());
    expect([said, answer]).toEqual([status, expect.objectContaining({ error })]);
    expect(answer).not.toHaveProperty('access_token');
    expect(headers['retry-after'] !== undefined).toBe(status === 503);
  });

  it('lives a second when that is what is left', async () => {
    const late = Promise.resolve({ outcome: 'recorded', position: 1n, at: (now + 599) * 1e6 } as const);
    const world = await open((store) => ({ ...store, append: () => late }));
    expect((await ask(world, 'ag_bound', {}, proof())).answer).toMatchObject({ expires_in: 1 });
  });
});

describe('an agent whose initial access token was revoked', () => {
  it('is a client no more, whatever else is wrong with its request, also where the news has not come (CLA-03)', async () => {
    const iatId = newId('it');
    const world = await openWorld({ ag_bearer: { class: 'bearer', iatId } }, remembering);
    onTestFinished(() => world.close());
    expect((await ask(world, 'ag_bearer')).status).toBe(200);
    expect((await ask(world, 'ag_bearer', { scope: 'demo:admin' })).answer).toMatchObject({ error: 'invalid_scope' });
    await world.store.append({
      streams: [{ stream: `main/iat/${iatId}`, expected: 1, events: [{ type: 'iat.revoked', iatId, reason: 'spec', by: 'op_1' }] }],
    });
    for (const form of [{}, { scope: 'demo:admin' }, { resource: `${issuer}/mail` }])
      expect(await ask(world, 'ag_bearer', form)).toMatchObject({ status: 401, answer: { error: 'invalid_client' } });
    expect(world.refused.at(-1)).toMatchObject({ agent: 'ag_bearer', error: { refusal: 'iat_revoked' } });
  });
});

describe('what an agent says inside the proof of its request', () => {
  it('is recorded with the token, its own key behind it (GW-25)', async () => {
    const world = await open();
    const agentContext = { model: { name: 'm-1' }, source: { kind: 'user', ref: 'ticket-1' }, run_id: 'r1' } as const;
    const shown = makeProof({ key, method: 'POST', url: `${issuer}/token`, now, agentContext });
    const { claims } = await ask(world, 'ag_bound', {}, ['dpop', shown]);
    const [recorded] = await world.store.read(`main/grant/${String(claims['grant_id'])}`);
    expect(recorded?.event).toMatchObject({ agentContext: { ...agentContext, vouchedBy: 'agent_key' } });
    expect(claims).not.toHaveProperty('agent_context');
  });
});
