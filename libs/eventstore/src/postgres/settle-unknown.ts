import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { formatEventId } from '../append/event-id.js';
import type { PreparedAppend } from '../append/prepared.js';
import { StoreUnavailable, type AppendOutcome } from '../contract.js';
import { unavailable } from './failure.js';

/** How long to try, in milliseconds: a database that was restarted is back by then. */
const patience = 4_000;

interface Found {
  readonly id: string;
  readonly position: string;
  readonly at: string;
}

/**
 * What became of an append whose call was never answered (design §4): the event at its stream's revision says. An append is atomic, so its last event
 * answers for all. Throws StoreUnavailable when it is not there, for the call may still be running, or cannot be asked.
 */
export async function settleUnknown(dataSource: DataSource, { events }: PreparedAppend, cause: unknown): Promise<AppendOutcome> {
  const last = events.at(-1);
  // What only reserved left nothing to compare: its artefact may be spent, and that is all.
  if (!last) throw unavailable('an append without events was not answered', cause);
  const [found] = await ask<Found>(dataSource, [last.stream, last.revision]);
  if (!found) throw unavailable('an append was not answered, and is not recorded yet', cause);
  if (found.id !== formatEventId(last.id)) return { outcome: 'stale' };
  return { outcome: 'recorded', position: BigInt(found.position), at: Number(found.at) };
}

async function ask<Row>(dataSource: DataSource, stream: [string, number]): Promise<Row[]> {
  const deadline = performance.now() + patience;
  for (let wait = 50; ; wait = Math.min(wait * 2, 500)) {
    try {
      return await dataSource.query<Row[]>(
        'select id, position, (extract(epoch from at) * 1000000)::bigint as at from es.event where stream = $1 and revision = $2',
        stream,
      );
    } catch (cause) {
      if (performance.now() > deadline) throw new StoreUnavailable('an append was not answered, and the store is away', { cause });
      await sleep(wait);
    }
  }
}
