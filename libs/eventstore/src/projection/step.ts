import type { DataSource } from 'typeorm';
import type { Cursor } from '../contract.js';
import { readOrdered } from '../reader/read-ordered.js';
import { readableUntil } from '../reader/stored-event.js';
import { moveCheckpoint, readCheckpoint } from './checkpoint.js';
import type { Projection } from './projection.js';

export interface Stepped {
  readonly cursor: Cursor;
  /** There was something, wanted or not. */
  readonly moved: boolean;
  /** There is probably more. */
  readonly more: boolean;
}

/** Steps aim at this many milliseconds: what has written and stays open holds every ordered reader back, so a second is the most. */
const aim = 250;
const mostEvents = 2_000;

/** Brings a projection forward by steps, each one transaction of rows and checkpoint, sized by what the last one took. */
export class Steps {
  readonly #projection: Projection;
  readonly #dataSource: DataSource;
  #limit = 200;

  constructor(projection: Projection, dataSource: DataSource) {
    this.#projection = projection;
    this.#dataSource = dataSource;
  }

  /** Throws ReaderStopped at an event that cannot be read, behind all before it; CheckpointMoved when another runner was faster. */
  async next(): Promise<Stepped> {
    const { name, categories, apply } = this.#projection;
    // Read outside the transaction: an idle projection writes nothing, and a busy one holds its transaction shorter.
    const from = await readCheckpoint(this.#dataSource, name);
    const page = await readOrdered(this.#dataSource, from, { limit: this.#limit, ...(categories && { categories }) });
    if (page.cursor === from) return { cursor: from, moved: false, more: false };
    const { events, stop } = readableUntil(page.events);
    const to = stop ? page.events[events.length - 1]?.cursor : page.cursor;
    if (to) {
      const began = performance.now();
      await this.#dataSource.transaction(async (manager) => {
        await manager.query("set local statement_timeout = '1s'");
        await moveCheckpoint(manager, name, { from, to });
        if (events.length > 0) await apply.call(this.#projection, events, manager);
      });
      this.#adapt(performance.now() - began);
    }
    if (stop) throw stop;
    return { cursor: page.cursor, moved: true, more: page.full };
  }

  /** Smaller after a failure: a page that takes too long is one, and must get through in the end. */
  shrink(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }

  #adapt(took: number): void {
    if (took > 2 * aim) this.shrink();
    else if (took < aim / 2) this.#limit = Math.min(mostEvents, this.#limit * 2);
  }
}
