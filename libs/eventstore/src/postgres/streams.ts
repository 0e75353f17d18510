import { decodeEvent, type ChanceryEvent } from '@chancery/events';
import type { DataSource } from 'typeorm';
import { StoreUnavailable, type RecordedEvent } from '../contract.js';
import { withClient } from './data-source.js';
import type { DatabaseClock } from './database-clock.js';
import { unavailable } from './failure.js';

/** One row: the database's time, and an event or nulls. */
type Row = [now: string, revision: number | null, position: string, id: string, at: string, type: string, version: number, data: Buffer];

/**
 * One statement, so one snapshot; the time comes with it, also for a stream that does not exist. Unnamed on purpose: a plan made for this stream
 * opens one partition, and none made on empty tables stays.
 */
const statement = `
  select (extract(epoch from clock.now) * 1000000)::bigint, e.revision, e.position, e.id, (extract(epoch from e.at) * 1000000)::bigint, e.type, e.version, e.data
    from (select es.now() as now) clock left join es.event e on e.stream = $1 and e.revision > $2
    order by e.revision`;

export type ReadStream = (stream: string, after?: number) => Promise<readonly RecordedEvent[]>;

/** Reads what a stream holds after a revision. Throws StoreUnavailable; nothing is decided from a stream with a hole or an event nobody understands. */
export const streamReader =
  (dataSource: DataSource, clock: DatabaseClock): ReadStream =>
  async (stream, after = 0) => {
    const rows = await query(dataSource, clock, [stream, after]);
    return rows.flatMap((row, index) => (row[1] === null ? [] : [recordedEvent(stream, after + index + 1, row)]));
  };

async function query(dataSource: DataSource, clock: DatabaseClock, values: [string, number]): Promise<Row[]> {
  try {
    return await withClient(dataSource, async (client) => {
      const sent = performance.now();
      const { rows } = await client.query<Row>({ text: statement, values, rowMode: 'array' });
      if (rows[0]) clock.sample(Number(rows[0][0]), sent, performance.now());
      return rows;
    });
  } catch (cause) {
    throw unavailable('the store cannot be read', cause);
  }
}

function recordedEvent(stream: string, expected: number, [, revision, position, id, at, type, version, data]: Row): RecordedEvent {
  if (revision !== expected) throw new StoreUnavailable(`${stream} has no revision ${expected}`);
  try {
    return {
      stream,
      revision,
      position: BigInt(position),
      id,
      at: Number(at),
      event: decodeEvent({ type, version, data }) as ChanceryEvent,
    };
  } catch (cause) {
    throw new StoreUnavailable(`${stream} cannot be read at revision ${revision}, position ${position}, type ${type}`, { cause });
  }
}
