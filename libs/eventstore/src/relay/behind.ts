import { type Queryable, rowsOf } from '../reader/queryable.js';

// The oldest one behind the checkpoint: what an open transaction holds back counts, too.
const statement = `
  with mark as materialized (
    select coalesce(max(epoch), 0) as epoch, coalesce(max(tx::text), '0')::xid8 as tx, coalesce(max(position), 0) as position
    from es.checkpoint where name = $1
  )
  select extract(epoch from es.now() - e.at)::float8 as seconds from es.event e
  where (e.epoch, e.tx, e.position) > ((select epoch from mark), (select tx from mark), (select position from mark))
  order by e.epoch, e.tx, e.position limit 1`;

/** Seconds since the oldest event that a reader's checkpoint has not passed was recorded; 0 when it has passed all. */
export async function secondsBehind(queryable: Queryable, name: string): Promise<number> {
  const [row] = await rowsOf<{ seconds: number }>(queryable, statement, [name]);
  return Math.max(0, row?.seconds ?? 0);
}
