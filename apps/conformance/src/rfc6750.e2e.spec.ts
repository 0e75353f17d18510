import { makeProof } from '@chancery/oauth/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, tokenOf } from './spec-kit/clients.js';
import { ask } from './spec-kit/http.js';
import { aLedger } from './spec-kit/ledger.js';
import { rawStatus } from './spec-kit/raw.js';
import { issuer, notes } from './spec-kit/target.js';
import { anAgent } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);
let token: string;
let reader: string;
beforeAll(async () => {
  token = await tokenOf(agent);
  reader = await tokenOf(agent, { form: { scope: 'demo:read' } });
});

const metadata = `${new URL(issuer).origin}/.well-known/oauth-protected-resource${new URL(notes).pathname.replace(/\/notes$/, '')}`;
const proof = (accessToken: string, method = 'GET') => makeProof({ key: agent.key, method, url: notes, accessToken });

describe('a call without a token (RFC 6750 §3)', () => {
  it.each([
    ['GET', 'demo:read'],
    ['POST', 'demo:write'],
  ])('with %s is told how to get one, and of no error (RFC 9728 §5.1, RFC 9449 §7.1, GW-08)', async (method, scope) => {
    const answer = await ask(notes, () => ({ method }));
    expect(answer).toBeRefused(401, undefined);
    expect(answer.headers['www-authenticate']).toBe(
      `DPoP scope="${scope}", resource_metadata="${metadata}", algs="ES256 PS256 Ed25519 EdDSA"`,
    );
  });

  it('has none where it says another scheme (§3, GW-01)', async () => {
    const answer = await ask(notes, () => ({ headers: { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` } }));
    expect(answer).toBeRefused(401, undefined);
  });

  it('has none in its query, body or cookie (§2, OAuth 2.1 §5.1, GW-01)', async () => {
    const headers = () => ({ dpop: proof(token) });
    expect(await ask(`${notes}?access_token=${token}`, () => ({ headers: headers() }))).toBeRefused(401, undefined);
    expect(await ask(notes, () => ({ headers: { ...headers(), cookie: `access_token=${token}` } }))).toBeRefused(401, undefined);
    const body = new URLSearchParams({ access_token: token });
    expect(await ask(notes, () => ({ method: 'POST', headers: { dpop: proof(token, 'POST') }, body }))).toBeRefused(401, undefined);
  });
});

describe('a call with a token', () => {
  it('is answered by the API', async () => {
    const { status, body } = await callApi(agent, token, { method: 'POST', body: { text: 'conformance' } });
    expect([status, body]).toEqual([201, expect.objectContaining({ text: 'conformance' })]);
    expect((await callApi(agent, reader)).status).toBe(200);
  });

  it('in two places is a mistake (§2, §3.1, GW-01)', async () => {
    const answer = await ask(`${notes}?access_token=${token}`, () => ({ headers: { authorization: `DPoP ${token}`, dpop: proof(token) } }));
    expect(answer).toBeRefused(400, 'invalid_request');
  });

  it.each(['DPoP', 'Bearer', 'DPoP a b', 'DPoP a,b', 'Bearer é'.normalize('NFD').replaceAll(/[^\x20-\x7E]/g, '"')])(
    'in an Authorization field like %j is a mistake (§2.1, GW-01)',
    async (authorization) => {
      expect(await ask(notes, () => ({ headers: { authorization } }))).toBeRefused(400, 'invalid_request');
    },
  );

  it('of too little scope is 403, and hears of all that the operation needs (§3.1, RFC 9728 §5.1, GW-10)', async () => {
    const answer = ledger.note('/demo/notes', await callApi(agent, reader, { method: 'POST', body: { text: 'no' } }));
    expect(answer).toBeRefused(403, 'insufficient_scope');
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP error="insufficient_scope", .*scope="demo:write", resource_metadata="/);
    expect(answer.headers['www-authenticate']?.match(/DPoP /g)).toHaveLength(1);
  });

  it('under a scheme the resource does not take is not told of it (GW-08, GW-09)', async () => {
    const answer = ledger.note('/demo/notes', await callApi(agent, token, { scheme: 'Bearer' }));
    expect(answer).toBeRefused(401, 'invalid_token');
    expect(answer.headers['www-authenticate']).not.toContain('Bearer');
  });
});

describe('what was never declared (GW-02)', () => {
  it.each([
    '/demo',
    '/demo/nothing',
    '/demo/notes/1',
    '/demo/Notes',
    '/admin/v1',
    '/admin/v1/nothing',
    '/admin/v2/agents',
    '/',
    '/nowhere',
    '/index.html',
  ])('%s is 404, with the best token and without', async (path) => {
    expect(await ask(`${issuer}${path}`)).toBeRefused(404, 'invalid_request');
    expect(await callApi(agent, token, { path })).toBeRefused(404, 'invalid_request');
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])('%s on notes is 405, and names what there is', async (method) => {
    const { status, headers } = await ask(notes, () => ({ method }));
    expect([status, headers['allow']]).toEqual([405, 'GET, POST']);
  });
});

describe('a path that two parsers could read differently (GW-14)', () => {
  it.each([
    '/demo/',
    '/demo/notes/',
    '/demo/../demo/notes',
    '/demo/./notes',
    '/demo//notes',
    '//demo/notes',
    '/demo%2Fnotes',
    '/demo/%2e%2e/notes',
    '/demo/notes%00',
    '/demo/notes;a=b',
    '/demo\\notes',
    '/demo/notes%5c',
    '/demo/notes%',
  ])('%s goes nowhere', async (path) => {
    expect([400, 404]).toContain(await rawStatus(path, { authorization: `DPoP ${token}`, dpop: proof(token) }));
  });

  it('is told apart from one that has a single reading', async () => {
    const path = '/demo/notes';
    expect(await rawStatus(path, { authorization: `DPoP ${token}`, dpop: proof(token) })).toBe(200);
    expect(await rawStatus('/demo/note%73', { authorization: `DPoP ${token}`, dpop: proof(token) })).toBe(200);
  });

  it('and two Authorization or DPoP fields go nowhere (GW-01, DPOP-01)', async () => {
    const authorization = `DPoP ${token}`;
    expect(await rawStatus('/demo/notes', { authorization, Authorization: authorization, dpop: proof(token) })).toBe(400);
    expect(await rawStatus('/demo/notes', { authorization, dpop: proof(token), DPoP: proof(token) })).toBe(401);
    ledger.noteLine('/demo/notes 401');
  });
});

describe('what was denied here', () => {
  it('left exactly one record each, and no credential stands in one (GW-18, GW-24)', async () => {
    const { noted, recorded, secrets } = await ledger.settle();
    expect(noted.length).toBeGreaterThan(0);
    expect(recorded).toEqual(noted);
    expect(secrets).toBe(0);
  });
});
