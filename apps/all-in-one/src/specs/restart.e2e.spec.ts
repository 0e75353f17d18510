import { type Behind, freshDatabase, lookBehind } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activityOf } from '../spec-kit/activity.js';
import { askToken, callApi, newAgent, operatorFrom, proofAt } from '../spec-kit/clients.js';
import { type Replicas, replicasOn } from '../spec-kit/replica.js';

let replicas: Replicas;
let behind: Behind;

beforeAll(async () => {
  const database = await freshDatabase();
  [replicas, behind] = [await replicasOn(database), await lookBehind(database)];
}, 90_000);
afterAll(async () => {
  await behind.close();
  await replicas.close();
});

describe('a process that was killed, and started again', () => {
  it('lets no proof in that it had let in before, and takes the next one at once (S-104, ADR 0015)', async () => {
    const first = await replicas.start(0);
    const agent = await newAgent(operatorFrom(first.operator));
    const { body } = await askToken(agent, { form: { scope: 'demo:read demo:write' } });
    const proof = proofAt(`${replicas.issuer}/demo/notes`, agent.key, body.access_token);
    const add = { method: 'POST', body: { text: 'once' } };
    expect((await callApi(agent, body.access_token, { ...add, proof })).status).toBe(201);

    await first.crash();
    await replicas.start(0);
    const { status, headers } = await callApi(agent, body.access_token, { ...add, proof });
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_dpop_proof"')]);
    expect((await callApi(agent, body.access_token, add)).status).toBe(201);
    expect(await activityOf(behind, agent.clientId)).toEqual([
      { type: 'activity.allowed', reason: null, error: null, status: 201, count: 2 },
      { type: 'activity.denied', reason: 'proof_before_start', error: null, status: 401, count: 1 },
    ]);
  }, 120_000);

  it('has recorded what its door refused as its own, and what a service refused as that one’s', async () => {
    const next = await replicas.start(1);
    expect((await fetch(`${next.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${next.url}/register`, { method: 'POST' })).status).toBe(415);
    await next.stop();
    const counted = await behind.query(
      `select said ->> 'service' as service, said ->> 'endpoint' as endpoint, said ->> 'reason' as reason
         from (select convert_from(data, 'utf8')::jsonb as said from bus.activity where type = 'activity.refusals-counted') record
        order by 1, 2`,
    );
    expect(counted).toEqual([
      { service: 'gateway', endpoint: 'unknown', reason: 'path_unknown' },
      { service: 'registration', endpoint: '/register', reason: 'media_type_unsupported' },
    ]);
  }, 120_000);
});
