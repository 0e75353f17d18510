import type { Category } from '@chancery/events';
import type { Cursor } from '../contract.js';
import { type CursorRow, cursorValues, toCursor } from './cursor.js';
import { afterAndSettled } from './horizon.js';
import { type Queryable, rowsOf } from './queryable.js';
import type { StoredEvent } from './stored-event.js';

export interface ReadOrderedOptions {
  /** The most events looked at in one page, wanted or not. */
  readonly limit: number;
  /** Only these; the cursor passes over the others. Absent: all. */
  readonly categories?: readonly Category[];
}

export interface OrderedPage {
  readonly events: readonly StoredEvent[];
  /** Where the next page begins: behind the last event looked at; the one handed in when there was none. */
  readonly cursor: Cursor;
  /** The page was full: there is probably more. */
  readonly full: boolean;
}

interface EventRow extends CursorRow {
  stream: string;
  revision: number;
  id: string;
  at: string;
  type: string;
  version: number;
  digest: Buffer;
  data: Buffer | null;
  /** Its place in the page, from 1. */
  looked_at: string;
}

// Of categories that are not wanted the last event of a page is answered, for its place: a reader of rare events neither carries the others nor scans the
// same thousands again at every poll.
const statement = `
  select * from (
    select page.*, row_number() over in_order as looked_at, lead(false, 1, true) over in_order as last
    from (
      select e.epoch, e.tx, e.position, e.stream, e.revision, e.id, e.type, e.version, e.digest,
        (extract(epoch from e.at) * 1000000)::bigint::text as at,
        case when $5::text[] is null or split_part(e.stream, '/', 2) = any($5::text[]) then e.data end as data
      from es.event e
      where ${afterAndSettled('e')}
      order by e.epoch, e.tx, e.position
      limit $4
    ) page
    window in_order as (order by page.epoch, page.tx, page.position)
  ) numbered
  where data is not null or last
  order by epoch, tx, position`;

/** The next events in the order of commits `(epoch, tx, position)`, each once and none out of its stream's order (design §4). */
export async function readOrdered(queryable: Queryable, after: Cursor, { limit, categories }: ReadOrderedOptions): Promise<OrderedPage> {
  const rows = await rowsOf<EventRow>(queryable, statement, [...cursorValues(after), limit, categories ?? null]);
  const last = rows.at(-1);
  return {
    events: rows.flatMap((row) => (row.data === null ? [] : [storedEvent(row, row.data)])),
    cursor: last ? toCursor(last) : after,
    full: Number(last?.looked_at ?? 0) === limit,
  };
}

const storedEvent = (row: EventRow, data: Buffer): StoredEvent => ({
  stream: row.stream,
  revision: row.revision,
  position: BigInt(row.position),
  id: row.id,
  at: Number(row.at),
  type: row.type,
  version: row.version,
  digest: row.digest,
  data,
  cursor: toCursor(row),
});

/** The newest event's place in the order of commits, as far as it is visible now; the beginning of the epoch in an empty store. */
export async function newestCursor(queryable: Queryable): Promise<Cursor> {
  const [row] = await rowsOf<CursorRow>(
    queryable,
    `select * from (
       select epoch, tx::text as tx, position::text as position from es.event order by es.event.epoch desc, es.event.tx desc, es.event.position desc limit 1
     ) newest union all select 0, '0', '0' limit 1`,
  );
  return toCursor(row as CursorRow);
}

/** Where a recorded position stands in the order of commits; undefined when there is no such event. Quick for recent ones. */
export async function cursorOfPosition(queryable: Queryable, position: bigint): Promise<Cursor | undefined> {
  const [row] = await rowsOf<CursorRow>(
    queryable,
    `select e.epoch, e.tx::text as tx, e.position::text as position from es.event e
     where e.position = $1::text::bigint order by e.epoch desc, e.tx desc limit 1`,
    [String(position)],
  );
  return row && toCursor(row);
}
