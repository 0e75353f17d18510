import { expectNoSecret, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../spec-kit/world.js';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.gateway.start();
  await waitFor(() => world.gateway.ready());
});
afterEach(() => world.close());

describe('the record of a call', () => {
  it('says who called what, on which mandate, and what was answered; each has the next number', async () => {
    await world.call({ method: 'POST', body: '{"text":"hello"}', headers: ['content-type', 'application/json'] });
    await world.call({ token: await world.token({ scope: 'demo:write' }) });
    const common = {
      gateway: 'gw-1',
      resource: 'https://id.example/demo',
      path: '/demo/notes',
      agent: 'ag_1',
      instance: world.holder.thumbprint,
      grant: 'gr_1',
      jti: 'tk_1',
      source: '127.0.0.1',
    };
    const calls = world.bus.calls();
    expect(calls).toEqual([
      {
        ...common,
        type: 'activity.allowed',
        decision: 'allowed',
        number: 1,
        status: 201,
        method: 'POST',
        route: 'POST /demo/notes',
        scope: ['demo:read', 'demo:write'],
        run: calls[0]?.['run'],
        requestId: calls[0]?.['requestId'],
      },
      {
        ...common,
        type: 'activity.denied',
        decision: 'denied',
        number: 2,
        status: 403,
        reason: 'scope_missing',
        method: 'GET',
        route: 'GET /demo/notes',
        scope: ['demo:write'],
        run: calls[0]?.['run'],
        requestId: calls[1]?.['requestId'],
      },
    ]);
    expect(calls[0]?.['requestId']).not.toBe(calls[1]?.['requestId']);
    expect(world.refused).toEqual([]);
  });

  it('names the user and the ancestors where there are some', async () => {
    const lineage = [{ grant: 'gr_0', agent: 'ag_0', kid: 'k0' }];
    await world.call({ token: await world.token({ sub: 'u_1', sub_profile: 'user', lineage }) });
    expect(world.bus.calls()[0]).toMatchObject({ user: 'u_1', agent: 'ag_1', lineage: ['gr_0'] });
  });

  it('holds what the agent states in its proof, as vouched for by its key (GW-25, S-141)', async () => {
    const token = await world.token();
    const context = { model: { provider: 'acme', name: 'm-1' }, source: { kind: 'user', ref: 'chat/7' }, run_id: 'r-1' };
    const shown = await world.proof(token, {}, { claims: { agent_context: context } });
    expect((await world.call({ token, proof: shown })).status).toBe(200);
    expect(world.bus.calls()[0]).toMatchObject({ agentContext: { ...context, vouchedBy: 'agent_key' } });
    const wrong = await world.proof(token, {}, { claims: { agent_context: { ...context, prompt: 'text' } } });
    expect((await world.call({ token, proof: wrong })).status).toBe(400);
    expect(JSON.stringify(world.bus.calls()[1])).not.toContain('prompt');
  });

  it('is about the agent as soon as the signature of its token held, though the token is over or not for here', async () => {
    const now = world.clock.database();
    await world.call({ token: await world.token({ exp: now }) });
    await world.call({ token: await world.token({ iat: now + 61 }) });
    await world.call({ token: await world.token({ aud: 'https://id.example/admin' }) });
    expect(world.bus.calls().map(({ agent, jti, status, reason }) => [agent, jti, status, reason])).toEqual([
      ['ag_1', 'tk_1', 401, 'token_expired'],
      ['ag_1', 'tk_1', 401, 'token_not_yet_valid'],
      ['ag_1', 'tk_1', 401, 'token_audience'],
    ]);
    expect(world.refused).toEqual([]);
  });

  it('holds what baggage says, vouched for by nobody, where the proof says nothing (GW-26, S-141)', async () => {
    const baggage = ['baggage', 'gen_ai.request.model=m-1;p=1, tenant=x', 'Baggage', 'gen_ai.agent.id = caf%C3%A9'];
    expect((await world.call({ headers: baggage })).status).toBe(200);
    const token = await world.token();
    const shown = await world.proof(token, {}, { claims: { agent_context: { run_id: 'r-1' } } });
    expect((await world.call({ token, proof: shown, headers: baggage })).status).toBe(200);
    await world.call({ token: await world.token({ scope: 'demo:write' }), headers: baggage });
    await world.call();
    const said = { model: { name: 'm-1' }, agent_id: 'café', vouchedBy: 'nobody' };
    expect(world.bus.calls().map(({ agentContext }) => agentContext)).toEqual([
      said,
      { run_id: 'r-1', vouchedBy: 'agent_key' },
      said,
      undefined,
    ]);
  });

  it('that could not be made keeps what would change something from the API, until one can be made again', async () => {
    const token = await world.token({ scope: 'demo:read demo:write' });
    const post = () => world.call({ token, method: 'POST', body: '{"text":"once"}', headers: ['content-type', 'application/json'] });
    world.bus.away = new Error('away');
    // The first one finds out.
    expect((await post()).status).toBe(503);
    expect((await post()).status).toBe(503);
    world.bus.away = undefined;
    expect((await post()).status).toBe(503);
    const { body } = await world.call({ token });
    expect((JSON.parse(body) as { notes: unknown[] }).notes).toHaveLength(1);
    expect((await post()).status).toBe(201);
  });

  it('that cannot be made denies: 503, and nothing of what the API said (GW-18)', async () => {
    world.bus.away = new Error('away');
    const { status, headers, body } = await world.call();
    expect([status, headers['retry-after'], body]).toEqual([503, '1', '{"error":"temporarily_unavailable"}']);
    expect((await world.call({ token: await world.token({ scope: 'demo:write' }) })).status).toBe(503);
    world.bus.away = undefined;
    expect((await world.call()).status).toBe(200);
    // Two that were lost show as a gap.
    expect(world.bus.calls().map(({ number }) => number)).toEqual([3]);
  });

  it('is not made for what shows no token of ours: that is counted, by route and reason', async () => {
    await world.send({});
    await world.send({ path: '/demo/nothing' });
    await world.send({ method: 'DELETE' });
    await world.send({ path: '/demo/%2e%2e/admin' });
    expect(world.bus.calls()).toEqual([]);
    expect(world.refused.map(({ endpoint, error }) => [endpoint, error.refusal, error.status])).toEqual([
      ['/demo/notes', 'token_missing', 401],
      ['unknown', 'route_unknown', 404],
      ['unknown', 'method_unknown', 405],
      ['unknown', 'path_ambiguous', 400],
    ]);
  });

  it('holds no token, proof, body or query', async () => {
    const token = await world.token();
    const shown = await world.proof(token);
    const secrets = {
      token: token.split('.')[2] ?? '',
      proof: shown.split('.')[2] ?? '',
      query: 'query-canary-0123456789',
      body: 'body-canary-0123456789',
    };
    await world.call({ token, proof: shown, method: 'GET', path: `/demo/notes?q=${secrets.query}` });
    await world.call({ token, method: 'POST', body: `{"text":"${secrets.body}"}`, headers: ['content-type', 'application/json'] });
    await world.call({ token, proof: shown });
    const everything = world.bus.published
      .map((record) => `${JSON.stringify({ ...record, position: undefined })}${Buffer.from(record.data).toString()}`)
      .join('\n');
    expect(world.bus.calls().map(({ status }) => status)).toEqual([200, 201, 401]);
    expectNoSecret(everything, secrets, 'the bus');
    expectNoSecret(JSON.stringify(world.refused), secrets, 'refusals');
  });
});
