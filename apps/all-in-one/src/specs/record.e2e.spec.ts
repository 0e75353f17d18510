import { waitFor } from '@chancery/testing';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { askToken, callApi, mintIat, newAgent } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe('the record', () => {
  it('has every call, allowed or denied, with who, by which key, and what was decided', async () => {
    const agent = await newAgent(life.operator);
    const { body } = await askToken(agent, { form: { scope: 'demo:read' } });
    await callApi(agent, body.access_token);
    await callApi(agent, body.access_token, { method: 'POST', body: { text: 'x' } });
    const entries = await waitFor(async () => {
      const found = (await life.log({ agent: agent.clientId, limit: '100' })).filter(({ type }) => type.startsWith('activity.'));
      return found.length >= 2 && found;
    });
    expect(entries.map(({ type, data }) => [type, data['decision'], data['status'], data['method'], data['path']])).toEqual([
      ['activity.allowed', 'allowed', 200, 'GET', '/demo/notes'],
      ['activity.denied', 'denied', 403, 'POST', '/demo/notes'],
    ]);
    expect(entries[0]?.data).toMatchObject({
      agent: agent.clientId,
      instance: agent.key.thumbprint,
      jti: decodeJwt(body.access_token).jti,
    });
  });

  it('has a refusal of an authenticated agent with its reason, and counts the noise of everybody else', async () => {
    const agent = await newAgent(life.operator);
    await askToken(agent, { form: { scope: 'demo:admin' } });
    const refusal = await waitFor(async () => (await life.log({ agent: agent.clientId, type: 'activity.refused' }))[0]);
    expect(refusal.data).toMatchObject({ service: 'token', endpoint: '/token', reason: 'scope_exceeds_agent', error: 'invalid_scope' });
  });

  it('names the operator of each act', async () => {
    const iat = await mintIat(life.operator);
    const entry = await waitFor(async () =>
      (await life.log({ type: 'iat.minted', limit: '1000' })).find(({ data }) => data['iatId'] === iat.id),
    );
    expect(entry.data).toMatchObject({ by: life.operator.clientId, class: 'default' });
    expect(JSON.stringify(entry)).not.toContain(iat.token.split('.')[1]);
  });
});
