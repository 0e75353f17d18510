import type { Append, EventStore } from '@chancery/eventstore';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { generateKey, makeAssertion, makeProof } from '@chancery/oauth/client';
import { newAgentId, newId, newSecret } from '@chancery/platform';
import { expectNoSecret } from '@chancery/testing';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { remembering } from '../spec-kit/remembering.js';
import { basic, issuer, now, openWorld, secret, type World } from '../spec-kit/world.js';

const assertionKey = generateKey();
const iatId = newId('it');
const appended: Append[] = [];
const noting = (store: EventStore): EventStore => ({ ...store, append: (wish) => (appended.push(wish), store.append(wish)) });

let world: World;
beforeEach(async () => {
  const agents = {
    ag_1: { class: 'bearer', iatId },
    ag_2: { class: 'bearer' },
    ag_key: { class: 'bearer', key: assertionKey },
  } as const;
  world = await openWorld(agents, (store) => noting(remembering(store)));
  appended.length = 0;
});
afterEach(() => world.close());

const mine = ['authorization', basic('ag_1')];

async function issued(): Promise<{ token: string; grantEvents: () => Promise<string[]> }> {
  const { text } = await world.post('/token', { grant_type: 'client_credentials' }, mine);
  const { access_token: token } = JSON.parse(text) as { access_token: string };
  const { grant_id } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { grant_id: string };
  return { token, grantEvents: async () => (await world.store.read(`main/grant/${grant_id}`)).map(({ event }) => event.type) };
}

const forged = (change: { iss?: string; exp?: number; typ?: string }) =>
  new SignJWT({
    sub: 'ag_1',
    aud: `${issuer}/demo`,
    jti: 'tk_1',
    client_id: 'ag_1',
    sub_profile: 'ai_agent',
    grant_id: 'gr_1',
    txn: 'tx_1',
    iss: change.iss ?? issuer,
    iat: now - 700,
    exp: change.exp ?? now + 60,
  })
    .setProtectedHeader({ typ: change.typ ?? 'at+jwt', alg: 'ES256', kid: world.signer.thumbprint })
    .sign(world.signer.privateKey);

describe('giving a token back', () => {
  it.each([undefined, 'access_token', 'refresh_token', 'nobody_knows'])('ends its grant, whatever the hint: %s (REV-01)', async (hint) => {
    const { token, grantEvents } = await issued();
    const { status, text, headers } = await world.post('/revoke', { token, ...(hint !== undefined && { token_type_hint: hint }) }, mine);
    expect([status, text, headers['cache-control']]).toEqual([200, '', 'no-store']);
    expect(await grantEvents()).toEqual(['grant.token-issued', 'grant.revoked']);
    expect(world.refused).toEqual([]);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['malformed', () => 'x'],
    ['empty of meaning', () => 'a.b.c'],
    ['over', () => forged({ exp: now })],
    ['of another issuer', () => forged({ iss: 'https://other.example' })],
    ['of another kind', () => forged({ typ: 'dpop+jwt' })],
    ['of a grant nobody knows', () => forged({})],
  ])('is 200 without a word, and counted, when the token is %s (REV-02, S-062)', async (_, token) => {
    const { status, text } = await world.post('/revoke', { token: await token() }, mine);
    expect([status, text]).toEqual([200, '']);
    expect(world.refused.map(({ endpoint, error, agent }) => [endpoint, error.refusal, agent])).toEqual([
      ['/revoke', 'nothing_to_revoke', 'ag_1'],
    ]);
  });

  it.each([
    ['an initial access token', () => `${iatId}.${newSecret()}`],
    ['a registration access token', () => `${newAgentId()}.${newSecret()}`],
  ])('says that %s is not ended here, whichever it is (REV-02, S-005)', async (_name, make) => {
    const { status, text } = await world.post('/revoke', { token: make() }, mine);
    expect([status, JSON.parse(text)]).toEqual([400, { error: 'unsupported_token_type' }]);
    expect(world.refused).toMatchObject([{ endpoint: '/revoke', agent: 'ag_1', error: { refusal: 'token_type_unsupported' } }]);
    // Nor is that said to whoever has not authenticated.
    expect((await world.post('/revoke', { token: make() })).status).toBe(401);
  });

  it('rests on the agent, its key and its IAT being in force as it is recorded (REV-04)', async () => {
    const key = generateKey();
    const { token } = await issued();
    await world.post('/revoke', { token }, [...mine, 'dpop', makeProof({ key, method: 'POST', url: `${issuer}/revoke`, now })]);
    expect(appended.at(-1)).toMatchObject({
      streams: [{ events: [{ type: 'grant.revoked' }] }],
      unchanged: [{ stream: 'main/agent/ag_1' }],
      notRevoked: [
        { kind: 'agent', id: 'ag_1' },
        { kind: 'instance', id: key.thumbprint },
        { kind: 'iat', id: iatId },
      ],
    });
  });

  it('does nothing with somebody else’s, and says who tried (REV-03)', async () => {
    const { token, grantEvents } = await issued();
    const { status, text } = await world.post('/revoke', { token }, ['authorization', basic('ag_2')]);
    expect([status, JSON.parse(text)]).toEqual([400, expect.objectContaining({ error: 'invalid_request' })]);
    expect(await grantEvents()).toEqual(['grant.token-issued']);
    expect(world.refused).toMatchObject([{ endpoint: '/revoke', agent: 'ag_2', error: { refusal: 'not_owner' } }]);
    expectNoSecret(
      JSON.stringify(world.refused) + text,
      { token: token.split('.')[2] ?? '', secret: basic('ag_2').slice(6) },
      'the record',
    );
  });
});

describe('whoever gives a token back', () => {
  const basics = basic('ag_1');

  it.each<[string, string[], Record<string, string>, [status: number, error: string]]>([
    ['says who it is', [], {}, [401, 'invalid_client']],
    ['knows its secret', ['authorization', basic('ag_1', 'x'.repeat(43))], {}, [401, 'invalid_client']],
    ['uses the method it registered (CLA-02)', [], { client_id: 'ag_1', client_secret: secret }, [401, 'invalid_client']],
    ['says it once (CLA-01)', ['authorization', basics, 'authorization', basics], {}, [400, 'invalid_request']],
    ['says one thing (CLA-01)', ['authorization', basics, 'authorization', basic('ag_2')], {}, [400, 'invalid_request']],
    ['names nobody else beside it (CLA-01)', ['authorization', basics], { client_id: 'ag_2' }, [400, 'invalid_request']],
    ['asks for nothing else (WIRE-20)', ['authorization', basics], { scope: 'demo:read' }, [400, 'invalid_request']],
    ['proves a key properly, or not at all (DPOP-01)', ['authorization', basics, 'dpop', 'x'], {}, [400, 'invalid_dpop_proof']],
  ])('%s, or nothing is ended', async (_, headers, form, [status, error]) => {
    const { token, grantEvents } = await issued();
    const answer = await world.post('/revoke', { token, ...form }, headers);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, expect.objectContaining({ error })]);
    expect('www-authenticate' in answer.headers).toBe(status === 401);
    expect(await grantEvents()).toEqual(['grant.token-issued']);
    expect((await world.post('/revoke', { token }, mine)).status).toBe(200);
    expect(await grantEvents()).toEqual(['grant.token-issued', 'grant.revoked']);
  });

  it('sends one proof, and not the same twice (DPOP-01, DPOP-07)', async () => {
    const key = generateKey();
    const proof = () => makeProof({ key, method: 'POST', url: `${issuer}/revoke`, now });
    const shown = proof();
    const { token } = await issued();
    expect((await world.post('/revoke', { token }, [...mine, 'dpop', shown, 'dpop', proof()])).status).toBe(400);
    expect((await world.post('/revoke', { token }, [...mine, 'dpop', shown])).status).toBe(200);
    const again = await world.post('/revoke', { token }, [...mine, 'dpop', shown]);
    expect([again.status, JSON.parse(again.text)]).toEqual([400, expect.objectContaining({ error: 'invalid_dpop_proof' })]);
  });

  it('has used up what it showed, also where the token was somebody else’s or none, and is on record with it (CLA-11)', async () => {
    const { token } = await issued();
    const key = generateKey();
    for (const [shown, status] of [
      [token, 400],
      ['x', 200],
    ] as const) {
      const assertion = makeAssertion({ clientId: 'ag_key', issuer, key: assertionKey, now });
      const form = {
        token: shown,
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      };
      const proof = () => ['dpop', makeProof({ key, method: 'POST', url: `${issuer}/revoke`, now })];
      expect((await world.post('/revoke', form, proof())).status).toBe(status);
      world.refused.length = 0;
      expect((await world.post('/revoke', form, proof())).status).toBe(401);
      expect(world.refused).toMatchObject([{ error: { refusal: 'assertion_replayed' }, agent: 'ag_key', instance: key.thumbprint }]);
    }
  });

  it('is known before its proof is looked at (WIRE-18)', async () => {
    const { status, text } = await world.post('/revoke', { token: 'x' }, ['authorization', basic('ag_1', newSecret()), 'dpop', 'x']);
    expect([status, JSON.parse(text)]).toEqual([401, { error: 'invalid_client' }]);
  });

  it.each<[string, string, ChanceryEvent, string]>([
    [
      'it is suspended',
      streamName('agent', 'ag_1'),
      { type: 'agent.suspended', agentId: 'ag_1', reason: 'spec', by: 'op_1' },
      'agent_suspended',
    ],
    ['its IAT is revoked', streamName('iat', iatId), { type: 'iat.revoked', iatId, reason: 'spec', by: 'op_1' }, 'iat_revoked'],
  ])('is let in no more once %s, although this replica has not heard of it (CLA-03)', async (_, stream, event, reason) => {
    const { token, grantEvents } = await issued();
    expect((await world.post('/revoke', { token: 'x' }, mine)).status).toBe(200);
    await world.store.append({ streams: [{ stream, expected: 1, events: [event] }] });
    world.refused.length = 0;
    for (const given of ['x', token]) {
      const { status, text } = await world.post('/revoke', { token: given }, mine);
      expect([status, JSON.parse(text)]).toEqual([401, { error: 'invalid_client' }]);
    }
    expect(world.refused.map(({ error, agent }) => [error.refusal, agent])).toEqual([
      [reason, 'ag_1'],
      [reason, 'ag_1'],
    ]);
    expect(await grantEvents()).toEqual(['grant.token-issued']);
  });

  it('that was resumed a moment ago is told to wait, not that it is unknown', async () => {
    const by = { agentId: 'ag_1', reason: 'spec', by: 'op_1' };
    const { token, grantEvents } = await issued();
    const events: ChanceryEvent[] = [
      { type: 'agent.suspended', ...by },
      { type: 'agent.resumed', ...by },
    ];
    await world.store.append({ streams: [{ stream: streamName('agent', 'ag_1'), expected: 1, events }] });
    const { status, text, headers } = await world.post('/revoke', { token }, mine);
    expect([status, JSON.parse(text), headers['retry-after']]).toEqual([503, { error: 'temporarily_unavailable' }, '1']);
    expect(await grantEvents()).toEqual(['grant.token-issued']);
  });
});
