import { randomUUID } from 'node:crypto';
import { waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { readLog } from '../log/read-log.js';
import { type AuditService, auditService } from '../spec-kit/audit-service.js';
import { allowed, recordOf } from '../spec-kit/records.js';

const record = (number: number, agent = `ag_${number % 5}`) => recordOf(allowed(number, { agent }), { key: agent, id: randomUUID() });
const records = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => record(from + n));

const numbers = async ({ dataSource }: AuditService): Promise<number[]> =>
  (await readLog(dataSource, 'main', { since: 0, limit: 1_000 }))
    .filter(({ type }) => type === 'activity.allowed')
    .map(({ data }) => (data as { number: number }).number);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const alarms = ({ logged }: AuditService): unknown[] => logged.filter(({ level }) => level === 'error').map(({ fields }) => fields.reason);

/** Ten entries that are chained. */
async function running(): Promise<AuditService> {
  const world = await auditService();
  await world.bus.publish(records(1, 10));
  await waitFor(async () => (await numbers(world)).length === 10);
  return world;
}

/** Ways in which somebody with the database's own rights breaks it, and how it is put right again. */
const broken: readonly [string, readonly string[], readonly string[]][] = [
  ['took back numbers', ['UPDATE audit.head SET position = 3'], ['UPDATE audit.head SET position = 10']],
  ['skipped numbers', ['UPDATE audit.head SET position = 12'], ['UPDATE audit.head SET position = 10']],
  ['lost its last number', ['DELETE FROM audit.head'], ["INSERT INTO audit.head VALUES ('main', 10)"]],
  [
    'lost a part of its tree',
    ['CREATE TABLE kept AS SELECT * FROM audit.roll_entry WHERE position = 8', 'DELETE FROM audit.roll_entry WHERE position = 8'],
    ['INSERT INTO audit.roll_entry SELECT * FROM kept'],
  ],
];

describe('records that come while the roll contradicts itself', () => {
  it.each(broken)('wait where they are, and enter in order when it is put right: it %s', async (_what, statements, repairs) => {
    const world = await running();
    for (const statement of statements) await world.owner.query(statement);
    for (let from = 11; from <= 60; from += 10) await world.bus.publish(records(from, from + 9));
    await waitFor(() => alarms(world).length > 0);
    // Many tries later nothing has been set aside, and nothing entered.
    const tries = await triesOf(world);
    await waitFor(async () => (await triesOf(world)) > tries + 20);
    expect([await world.bus.quarantined(), (await numbers(world)).toSorted((a, b) => a - b)]).toEqual([[], upTo(10)]);
    expect(alarms(world)).toEqual(['roll_broken']);

    for (const repair of repairs) await world.owner.query(repair);
    await waitFor(async () => (await numbers(world)).length === 60);
    expect([await numbers(world), await world.bus.quarantined()]).toEqual([upTo(60), []]);
    expect(world.logged.at(-1)).toMatchObject({ level: 'info', fields: { reason: 'roll_repaired' } });
    const [{ chained }] = (await world.owner.query('SELECT count(*)::int AS chained FROM audit.roll_entry')) as [{ chained: number }];
    expect(chained).toBe(60);
  });

  it('and lie in quarantine already are released after the repair, with what came behind them', async () => {
    const world = await running();
    await world.owner.query("ALTER TABLE audit.log_entry ADD CONSTRAINT refused CHECK (agent IS DISTINCT FROM 'ag_bad')");
    await world.bus.publish([record(11, 'ag_bad'), record(12, 'ag_bad')]);
    await waitFor(async () => (await world.bus.quarantined('audit')).length === 2);
    await world.owner.query('ALTER TABLE audit.log_entry DROP CONSTRAINT refused');
    await world.owner.query('UPDATE audit.head SET position = 3');
    const retry = () => world.call({ method: 'POST', path: '/quarantine/retry', body: { group: 'audit', key: 'ag_bad' } });

    expect(await retry()).toMatchObject({ status: 200, body: { handled: 0, waiting: 2 } });
    await world.bus.publish([record(13, 'ag_bad'), record(14)]);
    expect((await numbers(world)).length).toBe(10);

    await world.owner.query('UPDATE audit.head SET position = 10');
    await waitFor(async () => (await numbers(world)).includes(14));
    await retry();
    await waitFor(async () => (await numbers(world)).length === 14);
    expect((await numbers(world)).filter((number) => number > 10 && number < 14)).toEqual([11, 12, 13]);
    expect(await world.bus.quarantined()).toEqual([]);
  });
});

/** How often the log's lock was asked for, or something like it: transactions that were given up. */
async function triesOf({ owner }: AuditService): Promise<number> {
  const [{ tries }] = (await owner.query(
    'SELECT xact_rollback::int AS tries FROM pg_stat_database WHERE datname = current_database()',
  )) as [{ tries: number }];
  return tries;
}
