import { generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessTokenType, askToken, callApi, type Client, exchange, type TokenAsk, tokenOf } from './spec-kit/clients.js';
import { forgeAssertion, forgeProof } from './spec-kit/forge.js';
import { aLedger } from './spec-kit/ledger.js';
import { demo, iatOfThisRun, issuer } from './spec-kit/target.js';
import { anAgent, newAgent } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);
let parent: string;
let reader: string;
beforeAll(async () => {
  parent = await tokenOf(agent);
  reader = await tokenOf(agent, { form: { scope: 'demo:read' } });
});

const refused = async (client: Client, token: string, wish?: TokenAsk) => ledger.note('/token', await exchange(client, token, wish));

describe('an exchange (RFC 8693)', () => {
  it('is answered with the child, its type, life, scope and key, and with no refresh token (§2.2.1, EXC-16)', async () => {
    const { status, headers, body } = await exchange(agent, parent, { form: { scope: 'demo:read', requested_expires_in: '60' } });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: accessTokenType,
      token_type: 'DPoP',
      expires_in: expect.any(Number),
      scope: 'demo:read',
      cnf: { jkt: agent.key.thumbprint },
    });
    expect(body.expires_in).toBeLessThanOrEqual(60);
  });

  it('makes a grant of its own, whose lineage grows by one and whose transaction goes on (EXC-18, ACT-09)', async () => {
    const { body: child } = await exchange(agent, parent);
    const { body: grandchild } = await exchange(agent, child.access_token);
    const [first, second, third] = [parent, child.access_token as string, grandchild.access_token as string].map((token) =>
      decodeJwt(token),
    );
    const hop = (of: typeof first) =>
      expect.objectContaining({
        grant: of?.['grant_id'],
        agent: agent.clientId,
        key: agent.key.thumbprint,
        iat_id: iatOfThisRun.id,
        kid: expect.any(String),
      });
    expect(second?.['lineage']).toEqual([hop(first)]);
    expect(third?.['lineage']).toEqual([hop(second), hop(first)]);
    expect(new Set([first, second, third].map((claims) => claims?.['txn'])).size).toBe(1);
    expect(new Set([first, second, third].map((claims) => claims?.['grant_id'])).size).toBe(3);
    expect(third).toMatchObject({ sub: agent.clientId, client_id: agent.clientId, aud: demo });
    for (const claims of [second, third]) expect(claims).not.toHaveProperty('act');
  });

  it('takes what the three have in common where no scope is named (§2.1, EXC-12)', async () => {
    expect((await exchange(agent, reader)).body.scope).toBe('demo:read');
  });

  it('is for the same audience, named once, twice, as audience, or not at all (§2.1, EXC-10, EXC-11)', async () => {
    for (const form of [{}, { resource: demo }, { audience: demo }, { resource: demo, audience: demo }])
      expect(decodeJwt((await exchange(agent, parent, { form })).body.access_token).aud).toBe(demo);
  });

  it('lives no longer than its parent, whatever was asked (§2.2.1, EXC-12a, EXC-14)', async () => {
    const { body } = await exchange(agent, parent, { form: { requested_expires_in: '99999' } });
    expect(decodeJwt(body.access_token).exp).toBeLessThanOrEqual(decodeJwt(parent).exp ?? 0);
    const { body: short } = await exchange(agent, parent, { form: { requested_expires_in: '30' } });
    const { body: under } = await exchange(agent, short.access_token);
    expect(decodeJwt(under.access_token).exp).toBeLessThanOrEqual(decodeJwt(short.access_token).exp ?? 0);
  });

  it('of a child works as the child’s scope says', async () => {
    const { body } = await exchange(agent, parent, { form: { scope: 'demo:read' } });
    expect((await callApi(agent, body.access_token)).status).toBe(200);
    const write = { method: 'POST', body: { text: 'no' } };
    expect(ledger.note('/demo/notes', await callApi(agent, body.access_token, write))).toBeRefused(403, 'insufficient_scope');
  });
});

describe('an exchange never gives more (EXC-10 to EXC-15, S-079):', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a scope beyond the parent', { scope: 'demo:read demo:write' }, 'invalid_scope'],
    ['a scope nobody knows', { scope: 'demo:nothing' }, 'invalid_scope'],
    ['another audience', { resource: `${issuer}/admin` }, 'invalid_target'],
    ['an audience nobody registered', { resource: 'https://elsewhere.example' }, 'invalid_target'],
    ['two audiences', { resource: demo, audience: 'https://elsewhere.example' }, 'invalid_target'],
    ['a relative audience', { resource: '/demo' }, 'invalid_target'],
    ['an audience with a fragment', { resource: `${demo}#x` }, 'invalid_target'],
    ['no time at all', { requested_expires_in: '0' }, 'invalid_request'],
    ['time before now', { requested_expires_in: '-1' }, 'invalid_request'],
    ['half a second', { requested_expires_in: '0.5' }, 'invalid_request'],
    ['time for ever', { requested_expires_in: '1e99' }, 'invalid_request'],
    ['a refresh token', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['an ID token', { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    ['an actor without its type', { actor_token: 'x' }, 'invalid_request'],
    ['an actor’s type alone', { actor_token_type: accessTokenType }, 'invalid_request'],
    ['an actor', { actor_token: 'x', actor_token_type: accessTokenType }, 'invalid_request'],
    ['details nobody granted', { authorization_details: '[]' }, 'invalid_request'],
  ])('%s is refused', async (_name, form, error) => {
    const answer = await exchange(agent, reader, { form });
    expect(answer).toBeRefused(400, error);
    if (!('authorization_details' in form)) ledger.note('/token', answer);
  });
});

describe('a subject token (§2.2.2)', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['that is none', () => 'nothing'],
    ['whose signature was changed', () => `${parent.slice(0, -8)}AAAAAAAA`],
    ['that is an initial access token', () => iatOfThisRun.token],
    ['that is a client assertion', () => forgeAssertion(agent)],
    ['that is a proof', () => forgeProof({ key: agent.key, url: `${issuer}/token` })],
    ['of another agent', async () => tokenOf(await newAgent(), { proofKey: agent.key })],
  ])('%s is refused with one code and one body (EXC-05 to EXC-07)', async (_name, subject) => {
    const answer = await refused(agent, await subject());
    expect(answer).toBeRefused(400, 'invalid_request');
    expect(answer.text).toBe((await refused(agent, 'a.b.c')).text);
  });

  it.each(['id_token', 'refresh_token', 'saml2', 'nothing'])('of type %s is not taken (§3, EXC-04)', async (type) => {
    const form = { subject_token_type: `urn:ietf:params:oauth:token-type:${type}` };
    expect(await refused(agent, parent, { form })).toBeRefused(400, 'invalid_request');
  });

  it.each(['subject_token', 'subject_token_type'])('without %s is a mistake (§2.1, EXC-01)', async (name) => {
    expect(await refused(agent, parent, { form: { [name]: '' } })).toBeRefused(400, 'invalid_request');
  });

  it('that has ended by itself is refused in the same words, at the resource too (EXC-06, EXC-14, GW-03)', async () => {
    const { body } = await exchange(agent, parent, { form: { requested_expires_in: '1' } });
    const over = await waitFor(
      async () => {
        const called = await callApi(agent, body.access_token);
        return called.status !== 200 && called;
      },
      { timeout: 30_000 },
    );
    expect(ledger.note('/demo/notes', over)).toBeRefused(401, 'invalid_token');
    // Two services need not see the second begin in the same millisecond.
    const late = await waitFor(async () => {
      const asked = await exchange(agent, body.access_token);
      return asked.status !== 200 && asked;
    });
    const answer = ledger.note('/token', late);
    expect(answer).toBeRefused(400, 'invalid_request');
    expect(answer.text).toBe((await refused(agent, 'a.b.c')).text);
  });

  it('is not even looked at for who is nobody (§5, EXC-03)', async () => {
    expect(await exchange(agent, parent, { assertion: 'a.b.c' })).toBeRefused(401, 'invalid_client');
  });
});

describe('the key of a child (RFC 9449 §5)', () => {
  it('is the one the parent is bound to, and it is proven (HND-01 to HND-03)', async () => {
    expect(await refused(agent, parent, { proof: undefined })).toBeRefused(400, 'invalid_dpop_proof');
    expect(await refused(agent, parent, { proofKey: generateKey() })).toBeRefused(400, 'invalid_dpop_proof');
  });

  it('may be proven for this very parent, and for no other token (RFC 9449 §4.2, HND-03)', async () => {
    const naming = (accessToken: string) => ({ proof: forgeProof({ key: agent.key, url: `${issuer}/token`, accessToken }) });
    expect((await exchange(agent, parent, naming(parent))).status).toBe(200);
    expect(await refused(agent, parent, naming(reader))).toBeRefused(400, 'invalid_dpop_proof');
  });
});

describe('what was refused here', () => {
  it('left exactly one record each, and no credential stands in one (EXC-19, EVT-05)', async () => {
    expect((await askToken(agent)).status).toBe(200);
    const { noted, recorded, secrets } = await ledger.settle();
    expect(noted.length).toBeGreaterThan(0);
    expect(recorded).toEqual(noted);
    expect(secrets).toBe(0);
  });
});
