import { freshDatabase, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginning } from '../reader/cursor.js';
import { newestCursor, readOrdered } from '../reader/read-ordered.js';
import { type SpecStore, specStore } from '../reader/spec-store.js';
import { secondsBehind } from './behind.js';

let store: SpecStore;

beforeAll(async () => {
  store = await specStore(await freshDatabase());
});
afterAll(() => store.close());

const stand = async (name: string, { epoch, tx, position }: { epoch: number; tx: bigint; position: bigint }) => {
  await store.client.query(
    `insert into es.checkpoint (name, epoch, tx, position) values ($1, $2, $3::text::xid8, $4)
     on conflict (name) do update set epoch = excluded.epoch, tx = excluded.tx, position = excluded.position`,
    [name, epoch, String(tx), String(position)],
  );
};
/** Events that were recorded so many seconds ago. */
const recordedAgo = (seconds: number, count: number) =>
  store.client.query(
    `insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
     select nextval('es.position'), 1, 1, 1, false, gen_random_uuid(), es.now() - make_interval(secs => $1), 'main/agent/' || $1::text || '_' || n, 'agent.resumed', sha256(''), ''
     from generate_series(1, $2::integer) n`,
    [seconds, count],
  );

describe('how far a reader is behind', () => {
  it('is nothing in an empty store, and the age of the oldest event for one that never read', async () => {
    expect(await secondsBehind(store.client, 'never')).toBe(0);
    await recordedAgo(500, 1);
    expect(Math.floor(await secondsBehind(store.client, 'never'))).toBe(500);
  });

  it('is the age of the first event behind its checkpoint, and nothing when it has passed all', async () => {
    await recordedAgo(300, 3);
    // A transaction that is open in any database of the server holds them back.
    const events = await waitFor(async () => {
      const page = await readOrdered(store.client, beginning, { limit: 10 });
      return page.events.length === 4 && page.events;
    });
    await stand('some', events[1]?.cursor ?? beginning);
    expect(Math.floor(await secondsBehind(store.client, 'some'))).toBe(300);
    await stand('some', await newestCursor(store.client));
    expect(await secondsBehind(store.client, 'some')).toBe(0);
  });

  it('is found without reading the backlog, or what was passed', async () => {
    await recordedAgo(200, 20_000);
    await stand('long', await newestCursor(store.client));
    await recordedAgo(100, 20_000);
    await store.client.query('analyze es.event');
    const scanned = async () => {
      await store.client.query('select pg_stat_force_next_flush()');
      const { rows } = await store.client.query<{ n: string }>(
        `select sum(seq_tup_read)::bigint + (select sum(idx_tup_read)::bigint from pg_stat_user_indexes where schemaname = 'es') as n
         from pg_stat_user_tables where schemaname = 'es'`,
      );
      return Number(rows[0]?.n);
    };
    const before = await scanned();
    expect(Math.floor(await secondsBehind(store.client, 'long'))).toBe(100);
    const cost = (await scanned()) - before;
    expect(cost).toBeGreaterThan(0);
    expect(cost).toBeLessThan(1_000);
  });
});
