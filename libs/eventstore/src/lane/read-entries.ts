import type { RevocationKind } from '@chancery/events';
import { type Queryable, rowsOf } from '../reader/queryable.js';
import type { RevocationEntry } from './entry.js';

/** An entry with the transaction that wrote it: the feed's pages are cut by it. */
export interface CommittedEntry {
  readonly entry: RevocationEntry;
  readonly tx: bigint;
}

export interface EntriesRead {
  readonly epoch: number;
  /** Every transaction before it is over, so all that they wrote has been seen. */
  readonly xmin: bigint;
  readonly entries: readonly CommittedEntry[];
}

interface EntryRow {
  epoch: number;
  xmin: string;
  kind: RevocationKind | null;
  id: string;
  t: string;
  position: string;
  at: string;
  tx: string;
}

/** The largest bigint: the store's "for ever". */
const forEver = '9223372036854775807';

/** The database's clock, in microseconds since 1970. */
export async function databaseTime(queryable: Queryable): Promise<number> {
  const [row] = await rowsOf<{ now: string }>(queryable, `select (extract(epoch from es.now()) * 1000000)::bigint::text as now`);
  return Number(row?.now);
}

/**
 * All visible entries that transactions from `xmin` on wrote: one statement and so one snapshot. A writer that stays open keeps the window long and
 * delays nobody: what others committed is seen now, and seen again until that writer is done.
 */
export async function readEntries(queryable: Queryable, xmin: bigint): Promise<EntriesRead> {
  const rows = await rowsOf<EntryRow>(
    queryable,
    `with horizon as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as xmin, (select epoch from es.meta) as epoch)
     select horizon.epoch, horizon.xmin::text as xmin, r.kind, r.id, r.t::text as t, r.position::text as position,
       (extract(epoch from r.at) * 1000000)::bigint::text as at, r.tx::text as tx
     from horizon left join es.revocation r on r.tx >= $1::text::xid8
     order by r.tx, r.position`,
    [String(xmin)],
  );
  const [first] = rows;
  return {
    epoch: first?.epoch ?? 0,
    xmin: BigInt(first?.xmin ?? 0),
    entries: rows.flatMap((row) => (row.kind === null ? [] : [{ entry: entryOf({ ...row, kind: row.kind }), tx: BigInt(row.tx) }])),
  };
}

const entryOf = ({ kind, id, t, position, at }: EntryRow & { kind: RevocationKind }): RevocationEntry => ({
  kind,
  id,
  t: t === forEver ? 'for-ever' : Number(t),
  position: BigInt(position),
  at: Number(at),
});
