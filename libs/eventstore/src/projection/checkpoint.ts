import type { Cursor } from '../contract.js';
import { beginning, type CursorRow, cursorValues, toCursor } from '../reader/cursor.js';
import { type Queryable, rowsOf } from '../reader/queryable.js';

/** How far a projection's rows tell. The beginning for one that never ran. */
export async function readCheckpoint(queryable: Queryable, name: string): Promise<Cursor> {
  const [row] = await rowsOf<CursorRow>(
    queryable,
    'select epoch, tx::text as tx, position::text as position from es.checkpoint where name = $1',
    [name],
  );
  return row ? toCursor(row) : beginning;
}

/** The checkpoint is not where this step began: another runner was faster, or a rebuild. Its rows are rolled back. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

/** Moves it in the transaction of the rows. Its row lock makes two runners of one projection take turns. Throws CheckpointMoved. */
export async function moveCheckpoint(queryable: Queryable, name: string, { from, to }: { from: Cursor; to: Cursor }): Promise<void> {
  const [moved] = await rowsOf(
    queryable,
    `with moved as (
       insert into es.checkpoint as c (name, epoch, tx, position) values ($4, $1::integer, $2::text::xid8, $3::text::bigint)
       on conflict (name) do update set epoch = excluded.epoch, tx = excluded.tx, position = excluded.position
         where (c.epoch, c.tx, c.position) = ($5::integer, $6::text::xid8, $7::text::bigint)
       returning name
     ) select * from moved`,
    [...cursorValues(to), name, ...cursorValues(from)],
  );
  if (!moved) throw new CheckpointMoved(`the checkpoint of ${name} moved`);
}
