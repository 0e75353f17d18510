import type { DataSource } from 'typeorm';

/** The database cannot serve as an event store as it is; the message says what a person has to do. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}

/** The stripes of one append function call (design §4, "Strict"). */
const stripes = 1024;

/**
 * A batch may hold a lock on every stripe. PostgreSQL's lock table has room for twice `max_locks_per_transaction` holders for each connection;
 * beyond it, appends fail with "out of shared memory" under load, so it is checked at the start. `lanes` are those of all replicas together.
 */
async function checkLockTable(dataSource: DataSource, lanes: number): Promise<void> {
  const [row] = await dataSource.query<{ locks: number; connections: number }[]>(
    `select current_setting('max_locks_per_transaction')::int as locks,
            current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int as connections`,
  );
  if (row && lanes * stripes <= 2 * row.locks * row.connections) return;
  const needed = Math.ceil((lanes * stripes) / (2 * (row?.connections ?? 1)));
  throw new StoreUnusable(`${lanes} lanes need max_locks_per_transaction = ${needed} in postgresql.conf; it is ${row?.locks}`);
}

/** Readers order by transaction id: behind the newest event's, new events would sort before old ones (after a restore, say). */
async function checkTransactionCounter(dataSource: DataSource): Promise<void> {
  const [row] = await dataSource.query<{ behind: boolean }[]>(
    `select pg_snapshot_xmax(pg_current_snapshot()) <=
       (select e.tx from es.event e where e.epoch = m.epoch order by e.epoch desc, e.tx desc, e.position desc limit 1) as behind from es.meta m`,
  );
  if (row?.behind)
    throw new StoreUnusable("this database's transactions are behind its newest event: it was restored; run select es.begin_epoch()");
}

/** Refuses a start on a database that would lose the order of events, or locks under load. Throws StoreUnusable. */
export async function checkUsable(dataSource: DataSource, lanes: number): Promise<void> {
  await checkLockTable(dataSource, lanes);
  await checkTransactionCounter(dataSource);
}
