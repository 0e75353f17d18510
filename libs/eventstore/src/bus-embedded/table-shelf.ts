import type { Topic } from '@chancery/events';
import type pg from 'pg';
import type { Cursor } from '../contract.js';
import { beginning, type CursorRow, cursorValues, toCursor } from '../reader/cursor.js';
import { type Queryable, rowsOf } from '../reader/queryable.js';
import { insertQuarantine, type QuarantineRow, quarantinedOf, selectQuarantined } from './quarantine-table.js';
import { OffsetMoved, type Shelf } from './shelf.js';
import { transaction } from './transaction.js';

/** A group's offset and quarantine for one topic, in the database: any process of the group goes on where another ended. */
export function tableShelf(pool: pg.Pool, group: string, topic: Topic): Shelf {
  const one = [group, topic];
  return {
    async offset() {
      const [row] = await rowsOf<CursorRow>(
        pool,
        'select epoch, tx::text as tx, position::text as position from bus.consumer_offset where consumer_group = $1 and topic = $2',
        one,
      );
      return row ? toCursor(row) : beginning;
    },
    async heldKeys(keys) {
      const rows = await rowsOf<{ key: string }>(
        pool,
        `select distinct key from bus.quarantine where consumer_group = $1 and topic = $2 and key = any($3) and state in ('failed', 'held')`,
        [...one, keys],
      );
      return new Set(rows.map(({ key }) => key));
    },
    commit: (move, setAside) =>
      setAside.length === 0
        ? moveOffset(pool, { group, topic }, move)
        : transaction(pool, async (client) => {
            await moveOffset(client, { group, topic }, move);
            await insertQuarantine(
              client,
              setAside.map((aside) => ({ ...aside, group, topic })),
            );
          }),
    async released() {
      const rows = await rowsOf<QuarantineRow>(pool, releasedRows, one);
      return rows.map(quarantinedOf);
    },
    async settle(id, failed) {
      await pool.query(
        `update bus.quarantine set state = case when $2::text is null then 'handled' else 'failed' end, cause = coalesce($2, cause)
         where position = $1::text::bigint and state in ('failed', 'held')`,
        [String(id), failed ?? null],
      );
    },
    async release(key) {
      await pool.query(
        `update bus.quarantine set state = 'held' where consumer_group = $1 and topic = $2 and key = $3 and state = 'failed'`,
        [...one, key],
      );
    },
    async decided(key) {
      const [row] = await rowsOf<{ decided: boolean }>(
        pool,
        `select count(*) = 0 or bool_or(state = 'failed') as decided from bus.quarantine
         where consumer_group = $1 and topic = $2 and key = $3 and state in ('failed', 'held')`,
        [...one, key],
      );
      return row?.decided ?? true;
    },
  };
}

const releasedRows = `
  select ${selectQuarantined('q')} from bus.quarantine q
  where q.consumer_group = $1 and q.topic = $2 and q.state = 'held' and not exists (
    select from bus.quarantine f where f.consumer_group = q.consumer_group and f.topic = q.topic and f.key = q.key and f.state = 'failed')
  order by q.position limit 100`;

/** Fenced by where it was: who has lost the group's lock without knowing moves nothing. */
async function moveOffset(
  queryable: Queryable,
  { group, topic }: { group: string; topic: Topic },
  { from, to }: { from: Cursor; to: Cursor },
) {
  const [moved] = await rowsOf(
    queryable,
    `insert into bus.consumer_offset as o (consumer_group, topic, epoch, tx, position)
     values ($4, $5, $1::integer, $2::text::xid8, $3::text::bigint)
     on conflict (consumer_group, topic) do update set epoch = excluded.epoch, tx = excluded.tx, position = excluded.position
       where (o.epoch, o.tx, o.position) = ($6::integer, $7::text::xid8, $8::text::bigint)
     returning 1 as moved`,
    [...cursorValues(to), group, topic, ...cursorValues(from)],
  );
  if (!moved) throw new OffsetMoved(`the offset of ${group} in ${topic} moved`);
}
