import { makeProof } from '@chancery/oauth/client';
import { expectNoSecret, waitFor } from '@chancery/testing';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { askToken, callApi, exchange, register, tokenOf } from './spec-kit/clients.js';
import { forgeAssertion } from './spec-kit/forge.js';
import { ask, postForm } from './spec-kit/http.js';
import { type Entry, logOf, logPosition, patience } from './spec-kit/ledger.js';
import { demo, iatOfThisRun, issuer, notes } from './spec-kit/target.js';
import { act, mintIat, newAgent, operator } from './spec-kit/world.js';

/** What the log has about an agent, once it has so much of it. */
const entriesOf = (agent: string, count: number): Promise<readonly Entry[]> =>
  waitFor(async () => {
    const found = await logOf({ agent });
    return found.length >= count && found;
  }, patience);

describe('the log of an agent', () => {
  it('has its registration, each issuance, each exchange and each call, once and in this order (GW-18, EXC-18, S-140)', async () => {
    const agent = await newAgent();
    const token = await tokenOf(agent);
    const { body: child } = await exchange(agent, token, { form: { scope: 'demo:read' } });
    await callApi(agent, child.access_token);
    await callApi(agent, child.access_token, { method: 'POST', body: { text: 'no' } });
    const [first, second] = [decodeJwt(token), decodeJwt(child.access_token)];
    const entries = await entriesOf(agent.clientId, 5);
    const about = (type: string) => entries.filter((entry) => entry.type === type).map(({ data }) => data);
    expect(about('agent.registered')).toEqual([expect.objectContaining({ iatId: iatOfThisRun.id, by: iatOfThisRun.id })]);
    expect(about('grant.token-issued')).toEqual([
      expect.objectContaining({ jti: first.jti, grantId: first['grant_id'], proofKey: agent.key.thumbprint }),
    ]);
    expect(about('grant.token-exchanged')).toEqual([
      expect.objectContaining({ jti: second.jti, parent: first['grant_id'], parentJti: first.jti, scope: ['demo:read'] }),
    ]);
    const who = { agent: agent.clientId, instance: agent.key.thumbprint, grant: second['grant_id'], jti: second.jti, path: '/demo/notes' };
    expect(about('activity.allowed')).toEqual([expect.objectContaining({ ...who, method: 'GET', decision: 'allowed', status: 200 })]);
    expect(about('activity.denied')).toEqual([expect.objectContaining({ ...who, method: 'POST', decision: 'denied', status: 403 })]);
    expect(entries).toHaveLength(5);
    const positions = entries.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  });

  it('says who vouches for what an agent states: its key for its proof, nobody for baggage (GW-25, GW-26)', async () => {
    const agent = await newAgent();
    const token = await tokenOf(agent);
    const agentContext = {
      model: { provider: 'example', name: 'm-1' },
      source: { kind: 'user' as const, ref: 'ticket-7' },
      run_id: 'run-1',
    };
    const proof = makeProof({ key: agent.key, method: 'GET', url: notes, accessToken: token, agentContext });
    await callApi(agent, token, { proof });
    await callApi(agent, token, { headers: { baggage: 'gen_ai.request.model=m-2,gen_ai.conversation.id=run-2' } });
    const calls = await waitFor(async () => {
      const found = (await logOf({ agent: agent.clientId })).filter(({ type }) => type === 'activity.allowed');
      return found.length >= 2 && found;
    }, patience);
    expect(calls.map(({ data }) => data['agentContext'])).toEqual([
      { ...agentContext, vouchedBy: 'agent_key' },
      { model: { name: 'm-2' }, run_id: 'run-2', vouchedBy: 'nobody' },
    ]);
  });

  it('holds no credential in any writing: no secret, assertion, proof, token, or what was sent in vain (GW-24, EVT-05)', async () => {
    const agent = await newAgent();
    const assertion = forgeAssertion(agent);
    const proof = makeProof({ key: agent.key, method: 'POST', url: `${issuer}/token` });
    const token = await tokenOf(agent, { assertion, proof });
    const replayed = await askToken(agent, { proof, form: { scope: 'demo:read' } });
    expect(replayed).toBeRefused(400, 'invalid_dpop_proof');
    const sent = 'a-query-that-nobody-may-read-again';
    expect(
      (
        await callApi(agent, token, {
          path: `/demo/notes?q=${sent}`,
          proof: makeProof({ key: agent.key, method: 'GET', url: notes, accessToken: token }),
        })
      ).status,
    ).toBe(200);
    const text = JSON.stringify(await entriesOf(agent.clientId, 4));
    const signature = (jwt: string) => jwt.split('.')[2] ?? '';
    expectNoSecret(
      text,
      { assertion: signature(assertion), proof: signature(proof), token: signature(token), query: sent },
      'the log of the agent',
    );
    expect(text).toContain(String(decodeJwt(token).jti));
  });

  it('holds no client secret, and no initial access token', async () => {
    const iat = await mintIat();
    const { body } = await register(issuer, iat.token, { dpop_bound_access_tokens: true });
    const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`${body.client_id}:${secret}`).toString('base64')}` });
    const form = { grant_type: 'client_credentials', resource: demo };
    expect(await ask(`${issuer}/token`, () => postForm(form, basic(body.client_secret)))).toBeRefused(400, 'invalid_request');
    const text = JSON.stringify(await entriesOf(body.client_id, 2));
    expectNoSecret(text, { secret: body.client_secret, iat: iat.token.split('.')[1] ?? '' }, 'the log of the agent');
    expect(text).toContain(iat.id);
  });
});

describe('the log of an operator', () => {
  it('names who minted, closed and revoked, each act once (IAT-06, REV-05)', async () => {
    const since = await logPosition();
    const [closed, revoked] = [await mintIat(), await mintIat()];
    await act({ scope: 'chancery:revoke', path: `/iats/${closed.id}/close`, body: { reason: 'no longer needed' } });
    await act({ scope: 'chancery:revoke', path: `/iats/${revoked.id}/revoke`, body: { reason: 'leaked' } });
    const of = async (type: string, id: string) =>
      (await logOf({ type, since })).filter(({ data }) => data['iatId'] === id).map(({ data }) => data);
    await waitFor(async () => (await of('iat.revoked', revoked.id)).length > 0, patience);
    const by = operator.clientId;
    expect(await of('iat.minted', closed.id)).toEqual([expect.objectContaining({ by, class: 'default' })]);
    expect(await of('iat.closed', closed.id)).toEqual([expect.objectContaining({ by, reason: 'no longer needed' })]);
    expect(await of('iat.revoked', revoked.id)).toEqual([expect.objectContaining({ by, reason: 'leaked' })]);
  });

  it.each(['agent=a%20b', 'since=-1', 'limit=0', 'limit=1001', 'wait=26', 'invented=1', 'type=UPPER'])(
    'is not read with %s: what is not understood is not ignored (WIRE-20)',
    async (query) => {
      expect(await act({ scope: 'chancery:audit', method: 'GET', path: `/log?${query}` })).toBeRefused(400, 'invalid_request');
    },
  );

  it('is read with the scope for it alone (RFC 6750 §3.1)', async () => {
    expect(await act({ scope: 'chancery:registry', method: 'GET', path: '/log' })).toBeRefused(403, 'insufficient_scope');
  });
});
