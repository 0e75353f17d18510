import { decodeEvent, type ChanceryEvent } from '@chancery/events';
import { formatEventId } from '../append/event-id.js';
import { prepareAppend } from '../append/prepared.js';
import type { EventStore, Fold, RecordedEvent } from '../contract.js';
import { ledger } from './ledger.js';

export interface MemoryStoreOptions {
  /** Microseconds since 1970; the machine's clock unless told. */
  readonly now?: () => number;
}

/** The contract of the event store without a database: for specs of deciders and use cases, never for serving. Nothing survives it. */
export function openMemoryStore({ now = () => Date.now() * 1000 }: MemoryStoreOptions = {}): EventStore {
  const { append, stream: eventsOf } = ledger(now);

  const read = (stream: string): RecordedEvent[] =>
    eventsOf(stream).map(({ revision, position, id, at, ...stored }) => ({
      stream,
      revision,
      position,
      id: formatEventId(id),
      at,
      event: decodeEvent(stored) as ChanceryEvent,
    }));

  return {
    append: async (wish) => append(prepareAppend(wish)),
    read: async (stream) => read(stream),
    async fold<State, Event extends ChanceryEvent>(stream: string, fold: Fold<State, Event>) {
      const events = read(stream);
      const state = events.reduce((folded, { event }) => fold.evolve(folded, event as Event), fold.initial);
      return { state, revision: events.length, guard: { stream, revision: events.length } };
    },
    now: () => now() / 1e6,
  };
}
