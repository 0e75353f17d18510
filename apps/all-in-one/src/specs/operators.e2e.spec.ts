import { waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { administer, askToken, callApi, newAgent } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe("the operators' API", () => {
  it('refuses an agent, a token of too little scope, and a caller header from outside', async () => {
    const agent = await newAgent(life.operator);
    const { body } = await askToken(agent);
    expect((await callApi(agent, body.access_token, { path: '/admin/v1/agents' })).status).toBe(401);
    expect((await administer(life.operator, { scope: 'chancery:audit', method: 'GET', path: '/agents' })).status).toBe(403);
    const forged = await fetch(`${life.issuer}/admin/v1/agents`, { headers: { 'chancery-caller': 'a.b.c', Chancery_Caller: 'a.b.c' } });
    expect(forged.status).toBe(401);
  });

  it('answers unknown things with 404 and a reason that is missing with 400', async () => {
    const act = (path: string, body: unknown) => administer(life.operator, { scope: 'chancery:revoke', path, body });
    expect((await act('/agents/ag_nobody/revoke', { reason: 'x' })).status).toBe(404);
    expect((await act('/grants/gr_01ARZ3NDEKTSV4RRFFQ69G5FAV/revoke', { reason: 'x' })).status).toBe(404);
    expect((await act('/iats/it_01ARZ3NDEKTSV4RRFFQ69G5FAV/revoke', { reason: 'x' })).status).toBe(404);
    expect((await act('/agents/ag_nobody/revoke', {})).status).toBe(400);
    expect((await administer(life.operator, { scope: 'chancery:registry', path: '/iats', body: { class: 'constructor' } })).status).toBe(
      400,
    );
  });

  it('lists agents and shows one as its stream says, with what it may have now', async () => {
    const agent = await newAgent(life.operator);
    const listed = await waitFor(async () => {
      const { body } = await administer(life.operator, { scope: 'chancery:registry', method: 'GET', path: '/agents?limit=1000' });
      return body.agents.find((one: { client_id: string }) => one.client_id === agent.clientId);
    });
    expect(listed).toMatchObject({ status: 'active', class: 'default', scope: 'demo:read demo:write' });
    const shown = await administer(life.operator, { scope: 'chancery:registry', method: 'GET', path: `/agents/${agent.clientId}` });
    expect(shown.body).toMatchObject({ status: 'active', effective: { scope: 'demo:read demo:write', access_token_lifetime: 600 } });
  });
});
