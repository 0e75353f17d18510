import { Unhandleable } from '@chancery/eventstore';
import { freshDatabase } from '@chancery/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { auditDatabase } from '../spec-kit/database.js';
import { allowed, exchanged, firstAt, issued, messageOf } from '../spec-kit/records.js';
import { appendEntries } from './append-entries.js';
import { lastPosition, readLog } from './read-log.js';

let databases: DataSource[];
const all = { since: 0, limit: 1_000 };
beforeAll(async () => {
  const service = await auditDatabase(await freshDatabase());
  databases = await Promise.all([1, 2].map(() => openAuditDatabase({ url: service, connections: 4 })));
});
afterAll(() => Promise.all(databases.map((each) => each.destroy())));

const db = (): DataSource => databases[0] as DataSource;
const positions = async (since: number): Promise<number[]> =>
  (await readLog(db(), 'main', { since, limit: 1_000 })).map(({ position }) => position);

describe('the log', () => {
  it('numbers entries from 1 in the order they came, with what was recorded, byte for byte', async () => {
    const event = issued();
    await appendEntries(db(), [
      messageOf(event, { source: 'main/grant/gr_1', sequence: 1, topic: 'chancery.issuance' }),
      messageOf(allowed(1), { time: firstAt + 999_999 }),
    ]);
    const { type, ...data } = event;
    const [first, second] = await readLog(db(), 'main', all);
    expect(first).toEqual({ position: 1, at: '2026-09-21T14:13:20.000001Z', type, stream: 'main/grant/gr_1', data });
    expect(second).toMatchObject({
      position: 2,
      at: '2026-09-21T14:13:21.000000Z',
      stream: 'main/gateway/gw-1',
      type: 'activity.allowed',
      data: { status: 200, method: 'GET' },
    });
  });

  it('holds a record once, however often and in whatever company it comes', async () => {
    const before = await lastPosition(db(), 'main');
    const [a, b, c] = [messageOf(allowed(2)), messageOf(allowed(3)), messageOf(allowed(4))];
    await appendEntries(db(), [a, b, a]);
    await appendEntries(db(), [b, c, a]);
    await appendEntries(db(), [c]);
    expect(await positions(before)).toEqual([before + 1, before + 2, before + 3]);
  });

  it('tells records of two sources apart although their ids are equal', async () => {
    const before = await lastPosition(db(), 'main');
    const one = messageOf(allowed(5));
    const other = { ...one, record: { ...one.record, source: 'main/gateway/gw-2' } };
    await appendEntries(db(), [one, other]);
    expect(await positions(before)).toHaveLength(2);
  });

  it('has no gap and loses nothing while two replicas write the same records at once', async () => {
    const before = await lastPosition(db(), 'main');
    const messages = Array.from({ length: 400 }, (_, n) => messageOf(allowed(1_000 + n)));
    const batches = (step: number): (typeof messages)[] =>
      Array.from({ length: Math.ceil(messages.length / step) }, (_, n) => messages.slice(n * step, (n + 1) * step));
    await Promise.all([
      ...batches(7).map((batch) => appendEntries(db(), batch)),
      ...batches(11).map((batch) => appendEntries(databases[1] as DataSource, batch)),
    ]);
    const found = await readLog(db(), 'main', { since: before, limit: 1_000 });
    expect(found.map(({ position }) => position)).toEqual(messages.map((_, n) => before + 1 + n));
    expect(new Set(found.map(({ data }) => (data as { number: number }).number)).size).toBe(400);
  });

  it('takes a batch as a whole or not at all, and uses no number up for one it did not take', async () => {
    const before = await lastPosition(db(), 'main');
    const broken = messageOf(allowed(6), { id: 'no uuid' });
    await expect(appendEntries(db(), [messageOf(allowed(7)), broken])).rejects.toThrow('invalid input syntax');
    await appendEntries(db(), [messageOf(allowed(8))]);
    expect(await positions(before)).toEqual([before + 1]);
  });

  it('takes none of a tenant that there is not: no other record could heal that', async () => {
    const foreign = messageOf(allowed(9), { source: 'other/gateway/gw-1' });
    await expect(appendEntries(db(), [foreign])).rejects.toThrow(Unhandleable);
    expect(await readLog(db(), 'other', all)).toEqual([]);
  });

  it('finds an agent as the agent, as the subject and in the lineage, and nobody else', async () => {
    const before = await lastPosition(db(), 'main');
    await appendEntries(db(), [
      messageOf(exchanged, { source: 'main/grant/gr_2', sequence: 1 }),
      messageOf(issued({ agentId: 'ag_4', subject: 'ag_4' }), { source: 'main/grant/gr_4', sequence: 1 }),
    ]);
    const by = async (agent: string): Promise<number[]> =>
      (await readLog(db(), 'main', { since: before, limit: 10, agent })).map(({ position }) => position - before);
    expect([await by('ag_1'), await by('ag_2'), await by('ag_3'), await by('ag_4'), await by('ag_5')]).toEqual([[1], [1], [1], [2], []]);
  });

  it('is read by type, behind a position and up to a limit, oldest first', async () => {
    const types = await readLog(db(), 'main', { ...all, type: 'grant.token-exchanged' });
    expect(types.map(({ type }) => type)).toEqual(['grant.token-exchanged']);
    const page = await readLog(db(), 'main', { since: 2, limit: 3 });
    expect(page.map(({ position }) => position)).toEqual([3, 4, 5]);
    expect(await readLog(db(), 'other', all)).toEqual([]);
    expect(await readLog(db(), 'main', { ...all, agent: 'ag_4', type: 'grant.token-exchanged' })).toEqual([]);
  });

  it.each([
    "UPDATE audit.log_entry SET type = 'x'",
    'DELETE FROM audit.log_entry',
    'TRUNCATE audit.log_entry',
    'DELETE FROM audit.log_agent',
    'DELETE FROM audit.head',
    'DELETE FROM audit.gateway',
    'INSERT INTO es.event DEFAULT VALUES',
  ])('cannot be rewritten by its own service: %s', async (statement) => {
    await expect(db().query(statement)).rejects.toThrow('permission denied');
  });
});
