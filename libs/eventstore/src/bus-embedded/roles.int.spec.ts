import { randomUUID } from 'node:crypto';
import { encodeEvent, topics } from '@chancery/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { keepHouse } from '../housekeeping.js';
import { openRevocationLane } from '../lane/lane.js';
import { databaseRole, serviceRoles, type ServiceRole } from '../migrations/sql/roles.js';
import { type SpecStore, specStore } from '../reader/spec-store.js';
import { freshDatabase, waitFor } from '@chancery/testing';
import { openEmbeddedBus } from './open-embedded-bus.js';

let store: SpecStore;

beforeAll(async () => {
  store = await specStore(await freshDatabase());
});
afterAll(() => store.close());

const as = (role: ServiceRole): string => {
  const url = new URL(store.url);
  url.username = databaseRole(role);
  return url.href;
};
const { type, version, data } = encodeEvent({
  type: 'activity.refused',
  service: 'token',
  endpoint: '/token',
  requestId: 'r1',
  reason: 'a_reason',
  error: 'invalid_client',
  status: 401,
});
const activity = (): BusRecord => ({
  topic: topics.activity,
  key: 'a1',
  id: randomUUID(),
  source: 'main/token/1',
  type,
  version,
  subject: 'a1',
  time: 1,
  data,
});
/** One statement as a role; what the database says when it may not. */
async function refusal(role: ServiceRole, statement: string): Promise<string> {
  await store.client.query(`set role ${databaseRole(role)}`);
  try {
    const { rowCount } = await store.client.query(statement);
    return `${rowCount} rows`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await store.client.query('reset role');
  }
}

describe('a service role on the bus', () => {
  it.each(serviceRoles)('%s may publish, read, quarantine, retry and move its own offset', async (role) => {
    const bus = openEmbeddedBus({ url: as(role), pollEvery: 20, retries: [] });
    let broken = true;
    const handled: BusRecord[] = [];
    const group = `of ${role}`;
    const subscription = await bus.subscribe({
      group,
      topics: [topics.registry, topics.activity],
      async handle(records) {
        if (broken) throw new Error('not yet');
        handled.push(...records);
      },
    });
    const record = activity();
    await bus.publish([record]);
    await subscription.caughtUp();
    broken = false;
    await bus.retry(group, record.key);
    expect(handled.map(({ id }) => id)).toContain(record.id);
    await bus.close();
  });

  it('may neither move nor settle what is another role’s, and may erase nothing', async () => {
    await store.client.query(`set role chancery_audit`);
    await store.client.query(
      `insert into bus.consumer_offset (consumer_group, topic, epoch, tx, position) values ('roll', 't', 1, '1', 1)`,
    );
    await store.client.query(`insert into es.checkpoint (name, epoch, tx, position) values ('log', 1, '1', 1)`);
    await store.client.query('reset role');
    expect(await refusal('token', `update bus.consumer_offset set position = 9 where consumer_group = 'roll'`)).toBe('0 rows');
    expect(await refusal('token', `update es.checkpoint set position = 9 where name = 'log'`)).toBe('0 rows');
    expect(await refusal('token', `update bus.quarantine set state = 'dropped' where owner <> current_user`)).toBe('0 rows');
    expect(await refusal('audit', `update bus.consumer_offset set position = 9 where consumer_group = 'roll'`)).toBe('1 rows');
    for (const table of ['bus.activity', 'bus.quarantine', 'bus.consumer_offset', 'es.checkpoint', 'es.leader', 'es.revocation']) {
      expect(await refusal('audit', `delete from ${table}`)).toBe(`permission denied for table ${table.split('.')[1]}`);
    }
    expect(await refusal('audit', `update bus.activity set data = ''`)).toContain('permission denied');
    expect(await refusal('audit', `update bus.quarantine set data = ''`)).toContain('permission denied');
    expect(await refusal('token', 'select es.prune_revocations()')).toContain('permission denied');
    expect(
      await refusal('token', `insert into es.checkpoint (name, epoch, tx, position, owner) values ('x', 1, '1', 1, 'chancery_audit')`),
    ).toContain('row-level');
  });

  it('relay keeps house and runs the lane', async () => {
    const troubles: unknown[] = [];
    const lane = openRevocationLane({ url: as('relay'), onTrouble: (error) => troubles.push(error) });
    const house = keepHouse({ url: as('relay'), every: 10, onTrouble: (error) => troubles.push(error) });
    await waitFor(() => lane.status().loaded);
    await waitFor(async () => (await store.client.query(`select from es.leader where name = 'housekeeping'`)).rowCount === 1);
    await Promise.all([lane.stop(), house.stop()]);
    expect(troubles).toEqual([]);
  });
});
