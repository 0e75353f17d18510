import type { Bus, BusRecord } from '../bus.js';
import type { FencedCheckpoint } from '../fenced-checkpoint.js';
import type { Queryable } from '../reader/queryable.js';
import { readOrdered } from '../reader/read-ordered.js';
import { readableUntil, ReaderStopped, type StoredEvent } from '../reader/stored-event.js';
import { recordOfEvent } from './record-of-event.js';

export interface RelayPageOptions {
  readonly queryable: Queryable;
  readonly bus: Pick<Bus, 'publish'>;
  readonly checkpoint: FencedCheckpoint;
  /** Aborts when it leads no more. */
  readonly signal: AbortSignal;
  /** Events published at once. */
  readonly limit: number;
}

/**
 * Publishes the next page, and moves the checkpoint when all of it is durable. Answers whether there is probably more.
 * @throws ReaderStopped at an event that cannot be published, behind all before it; LeadLost
 */
export async function relayPage({ queryable, bus, checkpoint, signal, limit }: RelayPageOptions): Promise<boolean> {
  const page = await readOrdered(queryable, await checkpoint.read(), { limit });
  const { records, stop } = publishableUntil(page.events);
  const last = page.events[records.length - 1];
  if (last) {
    signal.throwIfAborted();
    await bus.publish(records, signal);
    await checkpoint.move(last.cursor);
  }
  if (stop) throw stop;
  return page.full;
}

/** The records before the first event that cannot go out, and why it cannot. */
function publishableUntil(stored: readonly StoredEvent[]): { records: readonly BusRecord[]; stop?: ReaderStopped } {
  const { events, stop } = readableUntil(stored);
  const records: BusRecord[] = [];
  for (const event of stored.slice(0, events.length)) {
    try {
      records.push(recordOfEvent(event));
    } catch (cause) {
      return { records, stop: new ReaderStopped(event, 'its stream has no topic', { cause }) };
    }
  }
  return stop ? { records, stop } : { records };
}
