import 'reflect-metadata';
import { streamName } from '@chancery/events';
import { sha256base64url } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { at, eventsOf, outcomeUnder, put, reasons, registered, twoReplicas, uri } from '../spec-kit/agents.js';

const world = twoReplicas();

describe('a registration access token', () => {
  it('that was replaced reads on until the new one is used or its overlap is over, and does nothing else (MGT-07, S-005)', async () => {
    const agent = await registered();
    const { body } = await put(agent, agent.rat);
    expect((await at(agent, agent.rat)).body).toEqual({ ...body, registration_access_token: agent.rat });
    for (const method of ['PUT', 'DELETE'])
      expect((await at(agent, agent.rat, { method, body: { client_id: agent.id } })).status).toBe(401);
    expect(reasons()).toEqual(Array.from({ length: 2 }, () => ['rat_superseded', agent.id, uri]));
    expect((await at(agent, body.registration_access_token)).status).toBe(200);
    expect((await at(agent, agent.rat, { replica: 1 })).status).toBe(401);

    const next = await put(agent, body.registration_access_token);
    world().clock.ahead = 58;
    expect((await at(agent, body.registration_access_token)).status).toBe(200);
    world().clock.ahead = 61;
    expect((await at(agent, body.registration_access_token)).status).toBe(401);
    expect((await at(agent, next.body.registration_access_token)).status).toBe(200);
  });
});

describe('a secret', () => {
  it('is rotated with a new registration access token, shown once, and the old one goes on for a while (MGT-07, S-006)', async () => {
    const agent = await registered({});
    const { status, headers, body, text } = await at(agent, agent.rat, { method: 'POST', path: `/register/${agent.id}/secret` });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body.client_secret).toMatch(/^[\w-]{43}$/);
    expect(text).not.toContain(agent.shown.client_secret);
    expect(body.client_secret_expires_at).toBe(body.lease_expires_at);
    const [, rotated] = await eventsOf(agent);
    expect(rotated).toMatchObject({
      type: 'agent.secret-rotated',
      secretHash: sha256base64url(body.client_secret),
      ratHash: sha256base64url(body.registration_access_token),
      by: agent.id,
    });
    expect((await at(agent, body.registration_access_token)).text).not.toContain(body.client_secret);
    expect((await at(agent, agent.rat, { method: 'POST', path: `/register/${agent.id}/secret` })).status).toBe(401);
  });

  it('is not for an agent with keys', async () => {
    const agent = await registered();
    expect((await at(agent, agent.rat, { method: 'POST', path: `/register/${agent.id}/secret` })).status).toBe(400);
    expect(reasons()).toEqual([['secret_not_used', agent.id, '/register/:clientId/secret']]);
  });
});

describe('deleting a registration', () => {
  it('is 204, one event with its entry in the revocation set, and the end of the token (MGT-06, S-019)', async () => {
    const agent = await registered();
    const { status, text } = await at(agent, agent.rat, { method: 'DELETE' });
    expect([status, text]).toEqual([204, '']);
    expect((await eventsOf(agent)).slice(1)).toEqual([{ type: 'agent.deleted', agentId: agent.id, cause: 'client_request', by: agent.id }]);
    expect(await outcomeUnder({ notRevoked: [{ kind: 'agent', id: agent.id }] })).toBe('revoked');
    for (const method of ['GET', 'PUT', 'DELETE']) expect((await at(agent, agent.rat, { method, body: {} })).status).toBe(401);
  });

  it('makes whoever decided before it read again: nothing is issued to a deleted agent', async () => {
    const agent = await registered();
    const guard = { stream: streamName('agent', agent.id), revision: 1 };
    await at(agent, agent.rat, { method: 'DELETE' });
    expect(await outcomeUnder({ unchanged: [guard] })).toBe('stale');
  });
});

describe('a lease', () => {
  it('that is over can no longer be renewed, and leaves nothing to read or end, although nobody reaped it (IAT-08)', async () => {
    const agent = await registered();
    world().clock.ahead = 86_401;
    for (const method of ['GET', 'PUT', 'DELETE']) expect((await at(agent, agent.rat, { method, body: {} })).status).toBe(401);
    expect(reasons()).toEqual([
      ['grace_over', agent.id, uri],
      ['grace_over', agent.id, uri],
      ['grace_over', agent.id, uri],
    ]);
  });
});
