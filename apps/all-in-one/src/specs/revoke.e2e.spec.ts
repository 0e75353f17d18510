import { waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { askToken, assertionOf, callApi, type Client, narrow, newAgent } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe('giving a token back (RFC 7009)', () => {
  const revoke = async (client: Client, form: Record<string, string>) => {
    const body = new URLSearchParams({
      ...form,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(client),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${life.issuer}/revoke`, { method: 'POST', headers, body: body.toString() });
    return { status: response.status, text: await response.text() };
  };

  it('ends the grant and everything exchanged from it, in one event', async () => {
    const agent = await newAgent(life.operator);
    const { body: parent } = await askToken(agent);
    const { body: child } = await narrow(agent, parent.access_token);
    expect((await callApi(agent, child.access_token)).status).toBe(200);
    const { result, events } = await life.behind.during(() => revoke(agent, { token: parent.access_token }));
    expect(result).toEqual({ status: 200, text: '' });
    expect(events.map(({ type }) => type)).toEqual(['grant.revoked']);
    await waitFor(async () => (await callApi(agent, child.access_token)).status === 401);
    await waitFor(async () => (await callApi(agent, parent.access_token)).status === 401);
    const late = await life.behind.during(() => narrow(agent, parent.access_token));
    expect(late.result).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(late.events).toEqual([]);
    const second = await life.behind.during(() => revoke(agent, { token: parent.access_token }));
    expect([second.result.status, second.events]).toEqual([200, []]);
  });

  it('is silent for what is no token, and does nothing for somebody else’s', async () => {
    const [agent, other] = [await newAgent(life.operator), await newAgent(life.operator)];
    const { body } = await askToken(agent);
    const nothing = await life.behind.during(() => revoke(agent, { token: 'never-issued' }));
    expect([nothing.result, nothing.events]).toEqual([{ status: 200, text: '' }, []]);
    const foreign = await life.behind.during(() => revoke(other, { token: body.access_token }));
    expect(foreign.result.status).toBe(400);
    expect(foreign.events).toEqual([]);
    expect((await callApi(agent, body.access_token)).status).toBe(200);
  });
});
