import type { RollEntry } from './proof/entry-line.js';

/** An entry as a query of `entryColumns` gives it. */
export interface EntryRow {
  readonly position: string;
  readonly at: string;
  readonly type: string;
  readonly version: number;
  readonly stream: string;
  readonly revision: number | null;
  readonly id: string;
  readonly data: Buffer;
}

/** Of `audit.log_entry e`, under the names an entry's line has. */
export const entryColumns = `e.position, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  e.type, e.version, e.stream, e.revision, e.record_id AS id, e.data`;

export const entryOf = ({ position, ...rest }: EntryRow): RollEntry => ({ position: Number(position), ...rest });
