import type { EventStore, Folded } from '@chancery/eventstore';

/** A store that answers a `cached` reading with what it read first, however much was recorded elsewhere since: a replica that is behind. */
export function remembering(store: EventStore): EventStore {
  const remembered = new Map<string, Folded<unknown>>();
  return {
    ...store,
    async fold(stream, fold, reading) {
      const known = remembered.get(stream) as Awaited<ReturnType<typeof store.fold<(typeof fold)['initial'], never>>> | undefined;
      if (reading === 'cached' && known) return known;
      const folded = await store.fold(stream, fold, reading);
      // A stream that does not exist is not remembered, as in the real one.
      if (folded.revision > 0) remembered.set(stream, folded);
      return folded;
    },
  };
}
