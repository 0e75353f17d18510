import { freshDatabase } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activitySource } from '../bus-embedded/table-source.js';
import type { Cursor } from '../contract.js';
import { beginning } from './cursor.js';
import type { Queryable } from './queryable.js';
import { readOrdered } from './read-ordered.js';
import { type SpecStore, specStore } from './spec-store.js';

const many = 20_000;
const limit = 100;

let store: SpecStore;
beforeAll(async () => {
  store = await specStore(await freshDatabase());
  await store.client.query(`
    insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
      select n, 1, 1, 1, false, gen_random_uuid(), now(), 'main/agent/many_' || n, 'agent.resumed', sha256('{}'), '{}' from generate_series(1, ${many}) n;
    insert into bus.activity (epoch, key, id, source, type, version, subject, time, data)
      select 1, 'k', gen_random_uuid(), 's', 't', 1, 's', 1, '{}' from generate_series(1, ${many});`);
  // A table that grows is analyzed, and then the planner knows that no event has a later epoch than the others.
  await store.client.query('analyze');
}, 60_000);
afterAll(() => store.close());

/** Entries of indexes and rows of whole tables read by the database so far. */
async function lookedAt(): Promise<number> {
  await store.client.query('select pg_stat_force_next_flush()');
  await store.client.query('select pg_stat_clear_snapshot()');
  const { rows } = await store.client.query<{ n: string }>(`
    select (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname in ('es', 'bus'))
      + (select sum(seq_tup_read) from pg_stat_user_tables where schemaname in ('es', 'bus')) as n`);
  return Number(rows[0]?.n);
}

describe('a page out of the middle of very many', () => {
  it.each<[string, (after: Cursor) => Promise<{ cursor: Cursor }>]>([
    ['events', (after) => readOrdered(store.client, after, { limit })],
    ['activity records', (after) => activitySource(store.client).page(after, limit)],
  ])('of %s costs no more than its length', async (_what, read) => {
    const { cursor } = await read(beginning);
    const before = await lookedAt();
    await read({ ...cursor, position: BigInt(many / 2) });
    expect((await lookedAt()) - before).toBeLessThan(3 * limit);
  });
});

describe('a page of events that are not wanted', () => {
  it('moves the cursor past them, is full when it has its length, and carries one row', async () => {
    let carried = 0;
    const counting: Queryable = {
      async query(text, values) {
        const { rows } = await store.client.query(text, values);
        carried += rows.length;
        return rows;
      },
    };
    const page = await readOrdered(counting, beginning, { limit, categories: ['grant'] });
    expect(page).toMatchObject({ events: [], full: true, cursor: { epoch: 1, position: BigInt(limit) } });
    expect(carried).toBe(1);
    const rest = await readOrdered(counting, { ...page.cursor, position: BigInt(many - 5) }, { limit, categories: ['grant'] });
    expect(rest).toMatchObject({ events: [], full: false, cursor: { position: BigInt(many) } });
    const wanted = await readOrdered(counting, beginning, { limit, categories: ['agent'] });
    expect([wanted.events.length, wanted.full, wanted.cursor.position]).toEqual([limit, true, BigInt(limit)]);
  });
});
