import { freshDatabase, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepHouse } from './housekeeping.js';
import { movedClock } from './moved-clock.js';
import { type SpecStore, specStore } from './reader/spec-store.js';

let store: SpecStore;

beforeAll(async () => {
  store = await specStore(await freshDatabase());
});
afterAll(() => store.close());

const partitions = async () => {
  const { rows } = await store.client.query<{ name: string }>(
    `select relname as name from pg_class where relname like 'event\\_grant\\_%' and relkind = 'r'`,
  );
  return rows.length;
};
const revoked = async () => {
  const { rows } = await store.client.query<{ kind: string; id: string }>('select kind, id from es.revocation order by kind, id');
  return rows.map(({ kind, id }) => `${kind} ${id}`);
};

describe('housekeeping', () => {
  it('keeps partitions ahead and forgets what can hit nothing, but no IAT, software, issuer or key', async () => {
    for (const kind of ['agent', 'grant', 'iat', 'instance', 'issuer', 'key', 'software', 'user']) {
      await store.client.query(
        `insert into es.revocation (key, kind, id, t, position, at)
         select gen_random_uuid(), $1, age || ' days', 1, 1, es.now() - make_interval(days => age) from unnest(array[30, 32]) age`,
        [kind],
      );
    }
    const before = await partitions();
    await store.client.query(movedClock(62 * 86_400));
    await store.client.query(`update es.revocation set at = at + interval '62 days'`);
    const house = keepHouse({ url: store.url });
    await waitFor(async () => (await revoked()).length === 12);
    await house.stop();
    expect(await partitions()).toBe(before + 2);
    expect((await revoked()).filter((entry) => entry.endsWith('32 days'))).toEqual([
      'iat 32 days',
      'issuer 32 days',
      'key 32 days',
      'software 32 days',
    ]);
  });

  it('goes on after a chore that failed', async () => {
    const troubles: unknown[] = [];
    await store.client.query('alter function es.truncate_ring() rename to away');
    const house = keepHouse({ url: store.url, every: 20, onTrouble: (error) => troubles.push(error) });
    await waitFor(() => troubles.length > 0);
    await store.client.query('alter function es.away() rename to truncate_ring');
    // The ring is longer than what an append may still meet, so some of its buckets are always over.
    await store.client.query(
      'insert into es.reservation (slot, key, taken_by) select slot, gen_random_uuid(), 1 from generate_series(1, 32) slot',
    );
    await waitFor(async () => ((await store.client.query('select from es.reservation')).rowCount ?? 32) < 32);
    await house.stop();
    expect(String(troubles[0])).toContain('truncate_ring');
  });
});
