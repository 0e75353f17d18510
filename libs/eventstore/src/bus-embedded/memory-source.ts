import type { BusRecord } from '../bus.js';
import type { Cursor } from '../contract.js';
import { CompactedLog } from '../lane/compacted-log.js';
import { Listeners } from '../reader/listeners.js';
import type { Source } from './source.js';

/** The compacted topic of revocations, in this process: the newest record of each key. The store is its truth, and the lane fills it anew at every start. */
export class MemorySource implements Source {
  readonly #log = new CompactedLog<BusRecord>();
  readonly published = new Listeners();

  put(records: readonly BusRecord[]): void {
    for (const record of records) this.#log.put(record.key, record);
    this.published.tell();
  }

  async page(after: Cursor, limit: number) {
    const { values, through, full } = this.#log.after(Number(after.position), limit);
    const cursor = BigInt(through) === after.position ? after : at(through);
    return { records: values.map((record) => ({ record })), cursor, full };
  }

  async newest(): Promise<Cursor> {
    return at(this.#log.last);
  }
}

const at = (number: number): Cursor => ({ epoch: 0, tx: 0n, position: BigInt(number) });
