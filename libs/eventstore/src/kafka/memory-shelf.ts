import type { BusRecord } from '../bus.js';
import { asQuarantined, cutToFit } from './quarantine-record.js';
import type { Shelf, ShelfOf } from './shelf.js';
import type { SetAsideRecord, WaitingRecords } from './waiting-records.js';

export interface MemoryShelfOptions extends ShelfOf {
  readonly waiting: WaitingRecords;
  /** Below zero, apart from the quarantine topic's. */
  nextId(): bigint;
  /** For people to see. Revocations go on whatever becomes of it. */
  tell(records: readonly BusRecord[]): void;
}

/** For a topic that every process reads whole at every start: what is set aside is set aside anew then. */
export function memoryShelf({ group, topic, waiting, nextId, tell }: MemoryShelfOptions): Shelf {
  const put = (records: readonly SetAsideRecord[]) => {
    const fresh = waiting.fresh(records);
    for (const record of fresh) waiting.add({ ...record, received: cutToFit(record.received), id: nextId() });
    if (fresh.length > 0) tell(fresh.map(asQuarantined));
    return fresh;
  };
  return {
    current: () => Promise.resolve(),
    held: () => waiting.held(group, topic),
    put: (records) => Promise.resolve(put(records)),
    released: (partitions) => waiting.released(group, topic, partitions),
    settle: (id, failed) => Promise.resolve(failed === undefined ? waiting.remove(id) : waiting.fail(id, failed)),
    release: (key) => Promise.resolve(waiting.release(group, key)),
    decided: (key) => waiting.decided(group, topic, key),
    changed: waiting.changed,
  };
}
