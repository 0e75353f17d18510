import type { ActivityRecord } from '@chancery/events';
import { canarySecret, expectNoSecret, waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { readLog } from '../log/read-log.js';
import { type AuditService, auditService, operator } from '../spec-kit/audit-service.js';
import { allowed, recordOf } from '../spec-kit/records.js';

/** A record of the agent `ag_bad`, which the database refuses until it is told otherwise, under a key of its own. */
const bad = (number: number, change: Partial<Extract<ActivityRecord, { type: 'activity.allowed' }>> = {}) =>
  recordOf(allowed(number, { agent: 'ag_bad', ...change }), {
    key: 'ag_bad',
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  });
const good = (number: number) => recordOf(allowed(number, { agent: 'ag_good' }), { key: 'ag_good' });

const refuse = "ALTER TABLE audit.log_entry ADD CONSTRAINT refused CHECK (agent IS DISTINCT FROM 'ag_bad')";
const allow = 'ALTER TABLE audit.log_entry DROP CONSTRAINT refused';

interface Listed {
  records: { id: string; cause: string; record_id: string }[];
}

/** Three records of one key in quarantine: one that failed, and two behind it. */
async function quarantined() {
  const world = await auditService();
  await world.owner.query(refuse);
  await world.bus.publish([bad(1), bad(2), bad(3), good(4)]);
  await waitFor(async () => (await world.bus.quarantined('audit')).length === 3);
  await waitFor(async () => (await numbers(world)).includes(4));
  return { ...world, listed: async () => (await world.call({ method: 'GET', path: '/quarantine' })).body as unknown as Listed };
}

const entries = ({ dataSource }: AuditService) => readLog(dataSource, 'main', { since: 0, limit: 1_000 });
const numbers = async (world: AuditService) =>
  (await entries(world)).flatMap(({ type, data }) => (type === 'activity.allowed' ? [(data as { number: number }).number] : []));
const decisions = async (world: AuditService) =>
  (await entries(world)).filter(({ type }) => type === 'activity.quarantine-decided').map(({ stream, data }) => ({ stream, data }));
const retry = (world: AuditService, body: unknown = { group: 'audit', key: 'ag_bad' }) =>
  world.call({ method: 'POST', path: '/quarantine/retry', body });
const drop = (world: AuditService, id: string, body: unknown = { reason: 'made by a test' }) =>
  world.call({ method: 'POST', path: `/quarantine/${id}/drop`, body });

describe('the quarantine', () => {
  it('lists what waits, oldest first, with all that finds it and nothing of its data', async () => {
    const secret = canarySecret('path');
    const world = await auditService();
    await world.owner.query(refuse);
    await world.bus.publish([bad(1, { path: `/demo/${secret}` }), bad(2)]);
    await waitFor(async () => (await world.bus.quarantined('audit')).length === 2);
    const answer = await world.call({ method: 'GET', path: '/quarantine' });
    expect(answer).toEqual({
      status: 200,
      body: {
        records: [
          {
            id: expect.stringMatching(/^\d+$/) as string,
            group: 'audit',
            topic: 'chancery.activity',
            key: 'ag_bad',
            record_id: '00000000-0000-4000-8000-000000000001',
            type: 'activity.allowed',
            source: 'main/gateway/gw-1',
            time: '2026-09-21T14:13:20.000001Z',
            cause: expect.stringContaining('violates check constraint "refused"') as string,
          },
          expect.objectContaining({ record_id: '00000000-0000-4000-8000-000000000002', cause: 'held' }),
        ],
      },
    });
    expectNoSecret(JSON.stringify(answer), { secret }, 'the list');
    expect((await world.call({ method: 'GET', path: '/quarantine?group=other' })).body).toEqual({ records: [] });
    expect((await world.call({ method: 'GET', path: '/quarantine?limit=1' })).body).toMatchObject({
      records: [{ cause: expect.any(String) as string }],
    });
  });

  it('is released by key when what was wrong is put right: in order, none lost, in the operator’s name', async () => {
    const world = await quarantined();
    await world.owner.query(allow);
    expect(await retry(world)).toEqual({ status: 200, body: { handled: 3, waiting: 0, pending: false } });
    expect((await world.listed()).records).toEqual([]);
    expect(await numbers(world)).toEqual([4, 1, 2, 3]);
    await waitFor(async () => (await decisions(world)).length === 1);
    expect(await decisions(world)).toEqual([
      { stream: 'main/service/audit', data: { by: 'op_1', act: 'retry', group: 'audit', topic: 'chancery.activity', key: 'ag_bad' } },
    ]);
  });

  it('keeps what fails again, and says with what', async () => {
    const world = await quarantined();
    const { body } = await retry(world);
    expect(body).toEqual({ handled: 0, waiting: 3, cause: expect.stringContaining('refused') as string, pending: false });
    expect((await world.listed()).records.map(({ cause }) => cause === 'held')).toEqual([false, true, true]);
    expect(await numbers(world)).toEqual([4]);
  });

  it('gives one record up for good, which the log then says, and the rest of its key goes on', async () => {
    const world = await quarantined();
    const [first] = (await world.listed()).records;
    await world.owner.query(allow);
    expect(await drop(world, first?.id ?? '')).toEqual({ status: 200, body: { id: first?.id } });
    await waitFor(async () => (await numbers(world)).length === 3);
    expect([await numbers(world), (await world.listed()).records]).toEqual([[4, 2, 3], []]);
    await waitFor(async () => (await decisions(world)).length === 1);
    expect(await decisions(world)).toEqual([
      {
        stream: 'main/service/audit',
        data: {
          by: 'op_1',
          act: 'drop',
          reason: 'made by a test',
          group: 'audit',
          topic: 'chancery.activity',
          key: 'ag_bad',
          entry: first?.id,
          record: { id: '00000000-0000-4000-8000-000000000001', source: 'main/gateway/gw-1', type: 'activity.allowed' },
        },
      },
    ]);
  });

  it('is left as it is where the act cannot be recorded', async () => {
    const world = await quarantined();
    const [first] = (await world.listed()).records;
    await world.owner.query(allow);
    await world.owner.query('REVOKE INSERT ON bus.activity FROM chancery_audit');
    expect((await drop(world, first?.id ?? '')).status).toBeGreaterThanOrEqual(500);
    expect((await retry(world)).status).toBeGreaterThanOrEqual(500);
    expect([(await world.listed()).records.length, await numbers(world)]).toEqual([3, [4]]);
  });

  it('knows nothing of what is not in it: 404, and no act is recorded', async () => {
    const world = await quarantined();
    const notFound = { status: 404, body: { error: 'invalid_request', error_description: 'nothing like that is in quarantine' } };
    for (const id of ['0', '999999', '-1', 'x', '1e3', '99999999999999999999']) expect([id, await drop(world, id)]).toEqual([id, notFound]);
    expect(await retry(world, { group: 'audit', key: 'ag_good' })).toEqual(notFound);
    expect(await retry(world, { group: 'other', key: 'ag_bad' })).toEqual(notFound);
    const [first] = (await world.listed()).records;
    await drop(world, first?.id ?? '');
    expect(await drop(world, first?.id ?? '')).toEqual(notFound);
    await waitFor(async () => (await decisions(world)).length > 0);
    expect((await decisions(world)).map(({ data }) => (data as { act: string }).act)).toEqual(['drop']);
  });

  it('of another service is released there: 409, and no act is recorded', async () => {
    const world = await quarantined();
    const other = await world.bus.subscribe({
      group: 'other',
      topics: ['chancery.activity'],
      handle: () => Promise.reject(new Error('cannot')),
    });
    await waitFor(async () => (await world.bus.quarantined('other')).length > 0);
    await other.stop();
    expect(await retry(world, { group: 'other', key: 'ag_bad' })).toMatchObject({ status: 409 });
    expect(await decisions(world)).toEqual([]);
  });
});

describe('the quarantine’s door', () => {
  const calls = [
    { method: 'GET', path: '/quarantine' },
    { method: 'POST', path: '/quarantine/retry', body: { group: 'audit', key: 'k' } },
    { method: 'POST', path: '/quarantine/1/drop', body: { reason: 'r' } },
  ] as const;

  it.each(calls)('is shut to who is not sent by the gateway: $method $path', async (call) => {
    const { call: ask } = await auditService();
    expect((await ask(call)).status).toBe(call.method === 'GET' ? 200 : 404);
    expect((await ask({ ...call, caller: null })).status).toBe(401);
    expect((await ask({ ...call, caller: { ...operator, scope: ['chancery:registry'] } })).status).toBe(403);
  });

  it('lets nobody who may only read the log decide what is missing from it', async () => {
    const world = await quarantined();
    const [first] = (await world.listed()).records;
    const answer = await world.call({
      ...calls[2],
      path: `/quarantine/${first?.id}/drop`,
      caller: { ...operator, scope: ['chancery:audit'] },
    });
    expect([answer.status, (await world.listed()).records.length, await decisions(world)]).toEqual([403, 3, []]);
  });

  it.each([
    ['GET', '/quarantine?limit=0', undefined, 'limit is unacceptable'],
    ['GET', '/quarantine?limit=1001', undefined, 'limit is unacceptable'],
    ['GET', '/quarantine?group=', undefined, 'group is unacceptable'],
    ['GET', '/quarantine?key=x', undefined, 'unknown parameter'],
    ['POST', '/quarantine/retry', { group: 'audit' }, 'key is missing or unacceptable'],
    ['POST', '/quarantine/retry', { group: 'audit', key: 'x'.repeat(2_049) }, 'key is missing or unacceptable'],
    ['POST', '/quarantine/retry', { group: 'audit', key: 'k', all: true }, 'the body is not what this operation takes'],
    ['POST', '/quarantine/1/drop', {}, 'reason is missing or unacceptable'],
    ['POST', '/quarantine/1/drop', { reason: 'a\nb' }, 'reason is missing or unacceptable'],
    ['POST', '/quarantine/1/drop', { reason: 'x'.repeat(513) }, 'reason is missing or unacceptable'],
  ] as const)('answers %s %s with 400, and says what is wrong', async (method, path, body, description) => {
    const { call } = await auditService();
    expect(await call({ method, path, body })).toEqual({ status: 400, body: { error: 'invalid_request', error_description: description } });
  });
});
