import { createPublicKey } from 'node:crypto';
import { agent } from '@chancery/domain';
import type { Append, EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { type AccessTokenClaims, type AgentContext, mintAccessToken, OAuthError, parseForm, renderJson } from '@chancery/oauth';
import { generateKey } from '@chancery/oauth/client';
import type { Issuing, KeyRing, PublicKey, TokenRequest } from '@chancery/platform';
import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { tokenExchange } from './grant.js';

const issuer = 'https://id.example';
const now = 1_790_000_000;
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const signer = generateKey();
const kid = signer.thumbprint;
const published: PublicKey = { kid, alg: 'ES256', key: createPublicKey(signer.privateKey), jwk: signer.publicJwk };
const keys = {
  active: () => ({ ...published, privateKey: signer.privateKey }),
  find: () => published,
  refresh: () => Promise.resolve(),
} as unknown as KeyRing;
const proofKey = generateKey().thumbprint;

const claims: AccessTokenClaims = {
  iss: issuer,
  sub: 'ag_1',
  aud: `${issuer}/demo`,
  exp: now + 600,
  iat: now - 5,
  jti: 'tk_1',
  client_id: 'ag_1',
  scope: 'demo:read demo:write',
  sub_profile: 'ai_agent',
  cnf: { jkt: proofKey },
  grant_id: 'gr_1',
  txn: 'tx_1',
};
const mint = (change: Partial<AccessTokenClaims> = {}) =>
  mintAccessToken({ ...claims, ...change }, { kid, alg: 'ES256', privateKey: signer.privateKey });

const settings: ChanceryEvent[] = [
  { type: 'config.resource-defined', resource: `${issuer}/demo`, name: 'demo', scope: ['demo:read', 'demo:write'], by: 'system' },
];
const registered: ChanceryEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  secretHash: 'A'.repeat(43),
  grantTypes: ['client_credentials', exchange],
  scope: ['demo:read', 'demo:write'],
  audiences: [`${issuer}/demo`],
  dpopBound: false,
  by: 'system',
};

let store: EventStore;
const appended: Append[] = [];
beforeEach(async () => {
  const memory = openMemoryStore({ now: () => now * 1_000_000 });
  await memory.append({
    streams: [
      { stream: streamName('config', 'main'), expected: 0, events: settings },
      { stream: streamName('agent', 'ag_1'), expected: 0, events: [registered] },
    ],
  });
  appended.length = 0;
  store = { ...memory, append: (wish) => (appended.push(wish), memory.append(wish)) };
});

/** Asks as `ag_1`, who proved its key, unless told otherwise; null: no key at all. */
async function ask(subjectToken: string, form: Record<string, string> = {}, proven: string | null = proofKey, agentContext?: AgentContext) {
  const { state, guard } = await store.fold(streamName('agent', 'ag_1'), agent);
  if (state.status === 'unknown') throw new Error('the agent is there');
  const said = { grant_type: exchange, subject_token: subjectToken, subject_token_type: accessToken, ...form };
  const request: TokenRequest = {
    form: parseForm(Buffer.from(new URLSearchParams(said).toString())),
    client: { agentId: 'ag_1', agent: state, guard, method: 'client_secret_basic', reservations: [] },
    proof:
      proven === null
        ? undefined
        : { thumbprint: proven, jti: 'p1', reservation: { key: new Uint8Array(16), end: now + 60 }, ...(agentContext && { agentContext }) },
    reading: 'fresh',
    requestId: 'rq_1',
  };
  const deps: Issuing = { store, keys, issuer };
  const answer = await tokenExchange(deps).handle(request);
  if (answer === 'again') throw new Error('nothing changed');
  return answer;
}

const refusal = async (asked: Promise<unknown>): Promise<OAuthError> => {
  const error: unknown = await asked.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof OAuthError) return error;
  throw error;
};

describe('an exchange', () => {
  it('answers a token of the kind that was asked for, its scope, and nothing to refresh it with (EXC-16)', async () => {
    const answer = await ask(mint());
    expect(answer).toMatchObject({ issued_token_type: accessToken, token_type: 'DPoP', expires_in: 600, scope: 'demo:read demo:write' });
    expect(answer).not.toHaveProperty('refresh_token');
  });

  it('says what the token is bound to, as the token does; nothing of a bearer token (EXC-16)', async () => {
    const bound = await ask(mint());
    expect(bound['cnf']).toEqual({ jkt: proofKey });
    expect(decodeJwt(bound.access_token)['cnf']).toEqual(bound['cnf']);
    expect(await ask(mint({ cnf: undefined } as never), {}, null)).not.toHaveProperty('cnf');
  });

  it('leaves nothing out of the chain: software and foreign issuer of every hop are its child’s too (EXC-08, EXC-18)', async () => {
    const root = { grant: 'gr_0', agent: 'ag_0', kid: 'k0', sw: 'cal@1', src: 'https://other.example' };
    const child = decodeJwt((await ask(mint({ sw: 'cal@2', lineage: [root] }))).access_token);
    expect(child['lineage']).toEqual([{ grant: 'gr_1', agent: 'ag_1', key: proofKey, kid, sw: 'cal@2' }, root]);
    expect(appended[0]?.streams[0]?.events).toMatchObject([{ lineage: child['lineage'] }]);
  });

  it('records what the agent said inside its proof, its own key behind it (GW-25)', async () => {
    const agentContext = { model: { name: 'm-1' }, tool: { name: 'notes.list' } };
    await ask(mint(), {}, proofKey, agentContext);
    expect(appended[0]?.streams[0]?.events).toMatchObject([{ agentContext: { ...agentContext, vouchedBy: 'agent_key' } }]);
  });

  it('makes a child for the same subject, key and audience, of its own grant and id (EXC-11, EXC-18, HND-01)', async () => {
    const child = decodeJwt((await ask(mint(), { scope: 'demo:read' })).access_token);
    expect(child).toMatchObject({ sub: 'ag_1', aud: `${issuer}/demo`, cnf: { jkt: proofKey }, scope: 'demo:read', txn: 'tx_1' });
    expect(child).not.toHaveProperty('act');
    expect(child['lineage']).toEqual([{ grant: 'gr_1', agent: 'ag_1', key: proofKey, kid }]);
    expect([child.jti, child['grant_id']]).toEqual([expect.stringMatching(/^tk_/), expect.stringMatching(/^gr_/)]);
    expect(child.jti).not.toBe('tk_1');
  });

  it('is recorded on condition that nothing of the chain has ended: agent and settings unchanged, all else not revoked (EXC-08)', async () => {
    const lineage = [{ grant: 'gr_0', agent: 'ag_0', iat_id: 'it_0', kid: 'k0' }];
    await ask(mint({ lineage }));
    const [append] = appended;
    expect(append?.unchanged?.map(({ stream }) => stream)).toEqual(['main/agent/ag_1', 'main/config/main']);
    const since = claims.iat;
    expect(append?.notRevoked).toEqual(
      expect.arrayContaining([
        { kind: 'agent', id: 'ag_1' },
        { kind: 'key', id: kid },
        { kind: 'instance', id: proofKey },
        { kind: 'grant', id: 'gr_1', since },
        { kind: 'grant', id: 'gr_0', since },
        { kind: 'agent', id: 'ag_0', since },
        { kind: 'iat', id: 'it_0', since },
        { kind: 'key', id: 'k0', since },
      ]),
    );
  });

  it.each<[string, ChanceryEvent, string]>([
    ['grant', { type: 'grant.revoked', grantId: 'gr_9', cause: 'client_request', by: 'ag_9' }, streamName('grant', 'gr_9')],
    ['agent', { type: 'agent.revoked', agentId: 'ag_9', reason: 'spec', by: 'op_1' }, streamName('agent', 'ag_9')],
    ['initial access token', { type: 'iat.revoked', iatId: 'it_9', reason: 'spec', by: 'op_1' }, streamName('iat', 'it_9')],
    [
      'signing key',
      { type: 'key.revoked', purpose: 'access-token', kid: 'k9', reason: 'spec', by: 'op_1' },
      streamName('key', 'access-token'),
    ],
  ])('is refused by the append when the %s of an ancestor has ended, and leaves nothing (S-081, S-086)', async (_, end, stream) => {
    const token = mint({ lineage: [{ grant: 'gr_9', agent: 'ag_9', iat_id: 'it_9', kid: 'k9' }] });
    expect((await ask(token)).scope).toBe('demo:read demo:write');
    await store.append({ streams: [{ stream, expected: 0, events: [end] }] });
    appended.length = 0;
    const error = await refusal(ask(token));
    expect([error.code, error.refusal]).toEqual(['invalid_request', 'ancestor_revoked']);
    const [refused] = appended;
    expect(await store.read(refused?.streams[0]?.stream ?? '')).toEqual([]);
  });
});

describe('an exchange that would widen or hide something', () => {
  it.each<[string, () => Promise<unknown>, string, string]>([
    [
      'drop an actor (ACT-06, S-077)',
      () => ask(mint({ act: { iss: issuer, sub: 'ag_2', sub_profile: 'ai_agent' } })),
      'invalid_request',
      'actor_required',
    ],
    ['speak for a user (ACT-09, S-084)', () => ask(mint({ sub: 'u_1', sub_profile: 'user' })), 'invalid_request', 'actor_required'],
    ['use another agent’s token (EXC-07, S-084)', () => ask(mint({ client_id: 'ag_2', sub: 'ag_2' })), 'invalid_request', 'not_entitled'],
    ['leave the binding out (HND-02)', () => ask(mint(), {}, null), 'invalid_dpop_proof', 'binding_missing'],
    ['bind to another key (HND-03)', () => ask(mint(), {}, generateKey().thumbprint), 'invalid_dpop_proof', 'binding_mismatch'],
    [
      'reach another resource (EXC-10, S-078)',
      () => ask(mint(), { audience: `${issuer}/admin` }),
      'invalid_target',
      'audience_exceeds_parent',
    ],
    ['reach the server itself (S-078)', () => ask(mint(), { resource: issuer }), 'invalid_target', 'audience_exceeds_parent'],
    [
      'get a scope more (EXC-12, S-079)',
      () => ask(mint({ scope: 'demo:read' }), { scope: 'demo:read demo:write' }),
      'invalid_scope',
      'scope_exceeds_parent',
    ],
    ['give what it has none of (S-079)', () => ask(mint({ scope: undefined } as never)), 'invalid_scope', 'scope_empty'],
  ])('is refused, and nothing is recorded: %s', async (_, asked, code, reason) => {
    const error = await refusal(asked());
    expect([error.code, error.refusal]).toEqual([code, reason]);
    expect(appended).toEqual([]);
  });

  it('says the same of every subject token it may not use (EXC-06)', async () => {
    const errors = await Promise.all([
      refusal(ask('a.b.c')),
      refusal(ask(mint({ exp: now }))),
      refusal(ask(mint({ client_id: 'ag_2', sub: 'ag_2' }))),
      refusal(ask(mint({ act: { iss: issuer, sub: 'ag_2', sub_profile: 'ai_agent' } }))),
    ]);
    for (const error of errors) expect(renderJson(error)).toEqual(renderJson(new OAuthError('invalid_request', { refusal: 'any' })));
  });
});
