import { waitFor } from '@chancery/testing';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { askToken, assertionType, callApi, exchange, giveBack, tokenOf } from './spec-kit/clients.js';
import { untilDead } from './spec-kit/dead.js';
import { forgeAssertion, forgeProof } from './spec-kit/forge.js';
import { ask, postForm } from './spec-kit/http.js';
import { aLedger, logOf, logPosition, patience } from './spec-kit/ledger.js';
import { iatOfThisRun, issuer } from './spec-kit/target.js';
import { act, anAgent, newAgent } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);
const silence = { status: 200, text: '' };

describe('giving a token back (RFC 7009)', () => {
  it('is answered with 200 and nothing, and never cached (§2.2, REV-02, WIRE-13)', async () => {
    const answer = await giveBack(agent, { token: await tokenOf(agent) });
    expect(answer).toMatchObject({ ...silence, headers: { 'cache-control': 'no-store' } });
  });

  it.each(['access_token', 'refresh_token', 'nothing'])('with the hint %s ends it all the same (§2.1, REV-01)', async (token_type_hint) => {
    const token = await tokenOf(agent);
    expect(await giveBack(agent, { token, token_type_hint })).toMatchObject(silence);
    expect(ledger.note('/demo/notes', await untilDead(agent, token))).toBeRefused(401, 'invalid_token');
  });

  it('ends its grant and all that was exchanged from it, and nothing beside it (§2.1, REV-04, GW-05)', async () => {
    const [parent, beside] = [await tokenOf(agent), await tokenOf(agent)];
    const { body: child } = await exchange(agent, parent);
    const { body: grandchild } = await exchange(agent, child.access_token);
    const tokens: string[] = [parent, child.access_token, grandchild.access_token];
    for (const token of tokens) expect((await callApi(agent, token)).status).toBe(200);
    expect(await giveBack(agent, { token: parent })).toMatchObject(silence);
    // Issuing is strict: nothing is waited for.
    for (const token of tokens) expect(ledger.note('/token', await exchange(agent, token))).toBeRefused(400, 'invalid_request');
    for (const token of tokens) expect(ledger.note('/demo/notes', await untilDead(agent, token))).toBeRefused(401, 'invalid_token');
    expect((await callApi(agent, beside)).status).toBe(200);
    expect((await askToken(agent)).status).toBe(200);
  });

  it('of a child lets its parent live (REV-04)', async () => {
    const parent = await tokenOf(agent);
    const { body: child } = await exchange(agent, parent);
    expect(await giveBack(agent, { token: child.access_token })).toMatchObject(silence);
    expect(ledger.note('/demo/notes', await untilDead(agent, child.access_token))).toBeRefused(401, 'invalid_token');
    expect((await callApi(agent, parent)).status).toBe(200);
  });

  it('twice is one event (§2.2, REV-02, REV-04)', async () => {
    const [since, other] = [await logPosition(), await newAgent()];
    const token = await tokenOf(other);
    const grant = decodeJwt(token)['grant_id'];
    expect(await giveBack(other, { token })).toMatchObject(silence);
    expect(await giveBack(other, { token })).toMatchObject(silence);
    const ends = async () => (await logOf({ type: 'grant.revoked', since })).filter(({ data }) => data['grantId'] === grant);
    // The second found nothing to end, and that is on record.
    await waitFor(async () => (await logOf({ agent: other.clientId })).some(({ data }) => data['endpoint'] === '/revoke'), patience);
    expect(await waitFor(async () => (await ends()).length > 0 && ends(), patience)).toHaveLength(1);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['nobody issued', () => 'nothing'],
    ['is malformed', () => 'a.b.c'],
    ['was changed', async () => `${(await tokenOf(agent)).slice(0, -8)}AAAAAAAA`],
    ['is a proof', () => forgeProof({ key: agent.key, url: `${issuer}/revoke` })],
  ])('that %s is silent, and still on record (§2.2, REV-02)', async (_name, token) => {
    expect(await giveBack(agent, { token: await token() })).toMatchObject(silence);
    ledger.noteLine('/revoke 401 invalid_token');
  });

  it('that is somebody else’s does nothing, and says so (§2.1, REV-03)', async () => {
    const other = await newAgent();
    const token = await tokenOf(other);
    expect(ledger.note('/revoke', await giveBack(agent, { token }))).toBeRefused(400, 'invalid_request');
    expect((await callApi(other, token)).status).toBe(200);
  });

  it('that is of a kind nobody takes back here is named so (§2.2.1, REV-02)', async () => {
    expect(ledger.note('/revoke', await giveBack(agent, { token: iatOfThisRun.token }))).toBeRefused(400, 'unsupported_token_type');
  });

  it('needs the client, its token, and the form (§2.1, REV-01, WIRE-01 to WIRE-04)', async () => {
    const token = await tokenOf(agent);
    const credential = () => ({ client_assertion_type: assertionType, client_assertion: forgeAssertion(agent) });
    const post = (form: Record<string, string>, below = '/revoke') => ask(`${issuer}${below}`, () => postForm(form));
    expect(await post({ token })).toBeRefused(401, 'invalid_client');
    expect(await giveBack(agent, { token }, { assertion: 'a.b.c' })).toBeRefused(401, 'invalid_client');
    expect(await post(credential())).toBeRefused(400, 'invalid_request');
    expect(await post({ ...credential(), token }, '/revoke?token=x')).toBeRefused(400, 'invalid_request');
    expect(await post({ ...credential(), token, scope: 'demo:read' })).toBeRefused(400, 'invalid_request');
    expect(await ask(`${issuer}/revoke`)).toBeRefused(405, 'invalid_request');
    expect((await callApi(agent, token)).status).toBe(200);
  });
});

describe('what an operator ends (REV-05)', () => {
  const end = (path: string) => act({ scope: 'chancery:revoke', path, body: { reason: 'spec' } });

  it('is a grant, with everything under it, and a second time it was ended already', async () => {
    const token = await tokenOf(agent);
    const { body: child } = await exchange(agent, token);
    const path = `/grants/${String(decodeJwt(token)['grant_id'])}/revoke`;
    expect((await end(path)).body).toMatchObject({ already: false });
    expect((await end(path)).body).toMatchObject({ already: true });
    expect(ledger.note('/demo/notes', await untilDead(agent, child.access_token))).toBeRefused(401, 'invalid_token');
  });

  it('is an agent for a while: suspended it gets nothing and can nothing, resumed it gets new tokens, and the old stay dead', async () => {
    const other = await newAgent();
    const before = await tokenOf(other);
    expect((await end(`/agents/${other.clientId}/suspend`)).status).toBe(200);
    expect(await askToken(other)).toBeRefused(401, 'invalid_client');
    expect(await untilDead(other, before)).toBeRefused(401, 'invalid_token');
    await act({ scope: 'chancery:registry', path: `/agents/${other.clientId}/resume`, body: { reason: 'spec' } });
    // Nothing is issued until `iat` is later than T, which is rounded up to the second.
    const after = await waitFor(() => tokenOf(other), { timeout: 30_000, every: 100 });
    expect((await callApi(other, after)).status).toBe(200);
    expect(await callApi(other, before)).toBeRefused(401, 'invalid_token');
  });

  it('is an agent for good', async () => {
    const other = await newAgent();
    const token = await tokenOf(other);
    expect((await end(`/agents/${other.clientId}/revoke`)).status).toBe(200);
    expect(await askToken(other)).toBeRefused(401, 'invalid_client');
    expect(await exchange(other, token)).toBeRefused(401, 'invalid_client');
    expect(await untilDead(other, token)).toBeRefused(401, 'invalid_token');
    expect((await act({ scope: 'chancery:registry', path: `/agents/${other.clientId}/resume`, body: { reason: 'spec' } })).status).toBe(
      409,
    );
  });

  it.each(['/agents/ag_nobody/revoke', '/grants/gr_01ARZ3NDEKTSV4RRFFQ69G5FAV/revoke', '/iats/it_01ARZ3NDEKTSV4RRFFQ69G5FAV/revoke'])(
    'is nothing that is not there: %s is 404',
    async (path) => {
      expect((await end(path)).status).toBe(404);
    },
  );

  it('needs the scope for it: 403, which names it (RFC 6750 §3.1)', async () => {
    const answer = await act({ scope: 'chancery:audit', path: `/agents/${agent.clientId}/revoke`, body: { reason: 'spec' } });
    expect(answer).toBeRefused(403, 'insufficient_scope');
    expect(answer.headers['www-authenticate']).toContain('scope="chancery:revoke"');
    expect((await askToken(agent)).status).toBe(200);
  });
});

describe('what was refused here', () => {
  it('left exactly one record each, and no credential stands in one (REV-03, EVT-05)', async () => {
    const { noted, recorded, secrets } = await ledger.settle();
    expect(noted.length).toBeGreaterThan(0);
    expect(recorded).toEqual(noted);
    expect(secrets).toBe(0);
  });
});
