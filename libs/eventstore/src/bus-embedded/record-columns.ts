import type { Topic } from '@chancery/events';
import type { BusRecord } from '../bus.js';

/** A record as its table's row. */
export interface RecordRow {
  key: string;
  id: string;
  source: string;
  type: string;
  version: number;
  subject: string;
  time: string;
  data: Buffer;
  sequence: number | null;
  event_position: string | null;
  extensions: Record<string, string> | null;
}

export const recordColumns = 'key, id, source, type, version, subject, time, data, sequence, event_position, extensions';

/** Columns to select from `alias`, with bigints as text. */
export const selectRecord = (alias: string): string =>
  recordColumns
    .split(', ')
    .map((column) => (column === 'time' || column === 'event_position' ? `${alias}.${column}::text as ${column}` : `${alias}.${column}`))
    .join(', ');

/** One array a column, and the SQL types to unnest them by, in the order of `recordColumns`. */
export const recordTypes = ['text', 'uuid', 'text', 'text', 'integer', 'text', 'bigint', 'bytea', 'integer', 'bigint', 'jsonb'] as const;

export const recordArrays = (records: readonly BusRecord[]): unknown[][] => [
  records.map(({ key }) => key),
  records.map(({ id }) => id),
  records.map(({ source }) => source),
  records.map(({ type }) => type),
  records.map(({ version }) => version),
  records.map(({ subject }) => subject),
  records.map(({ time }) => String(time)),
  records.map(({ data }) => Buffer.from(data)),
  records.map(({ sequence }) => sequence ?? null),
  records.map(({ position }) => (position === undefined ? null : String(position))),
  records.map(({ extensions }) => (extensions ? JSON.stringify(extensions) : null)),
];

export const recordOf = (topic: Topic, row: RecordRow): BusRecord => ({
  topic,
  key: row.key,
  id: row.id,
  source: row.source,
  type: row.type,
  version: row.version,
  subject: row.subject,
  time: Number(row.time),
  data: row.data,
  ...(row.sequence !== null && { sequence: row.sequence }),
  ...(row.event_position !== null && { position: BigInt(row.event_position) }),
  ...(row.extensions !== null && { extensions: row.extensions }),
});
