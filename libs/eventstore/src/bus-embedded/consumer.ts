import type { Topic } from '@chancery/events';
import type { BusRecord, SubscribeOptions } from '../bus.js';
import type { Cursor } from '../contract.js';
import { compareCursors } from '../reader/cursor.js';
import { follow, type Following } from '../reader/follow.js';
import { type Gathering, gathering } from '../reader/gathering.js';
import { Listeners } from '../reader/listeners.js';
import { attempt, type AttemptOptions, causeOf, type SetAside } from './attempt.js';
import { OffsetMoved, type Shelf } from './shelf.js';
import type { Source } from './source.js';

export interface ConsumerOptions extends Pick<SubscribeOptions, 'handle' | 'onAlarm'>, Pick<AttemptOptions, 'retries' | 'sleep'> {
  readonly topic: Topic;
  readonly source: Source;
  readonly shelf: Shelf;
  readonly pollEvery?: number;
  /** Milliseconds that records gather for after a page that was not full. 0 unless told: each is handed on as soon as it is there. */
  readonly gather?: number;
  onTrouble?(error: unknown): void;
}

/** Records handed over at once: what a page costs by itself is little beside them. A page is not bounded in bytes; a record has at most 1 MiB of data. */
const pageSize = 512;

/** One topic for one group: page, handle, then move the offset. While it runs it is the only one; `Member` sees to that. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #stepped = new Listeners();
  readonly #gathering: Gathering;
  #following: Following | undefined;
  #running: Promise<void> | undefined;
  #abort = new AbortController();
  #stopped = false;
  /** Where the offset is by its own last move, which whoever moves it finds out (`OffsetMoved`). */
  #at: Cursor | undefined;
  #unsaved: { from: Cursor; to: Cursor; setAside: readonly SetAside[] } | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#gathering = gathering({ milliseconds: options.gather ?? 0, ring: () => this.#following?.wake() });
  }

  /** Begins when an earlier run, if there is one, has ended: two calls of the handler at once would break the order. */
  start(): void {
    const abort = new AbortController();
    const before = this.#running;
    this.#abort = abort;
    this.#running = (async () => {
      await before;
      if (!abort.signal.aborted) await this.#run(abort.signal);
    })();
  }

  /** There may be more: it is taken at once, or together with what comes while records gather. */
  wake(): void {
    this.#gathering.wake();
  }

  /** Ends after the handler's call in hand, without the tries it would have made. */
  async pause(): Promise<void> {
    this.#abort.abort();
    this.#gathering.end();
    await Promise.all([this.#following?.stop(), this.#running]);
  }

  /** As `pause`, for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.pause();
    this.#stepped.tell();
  }

  async caughtUp(): Promise<void> {
    const { source, shelf } = this.#options;
    const target = await source.newest();
    await this.#until(async () => compareCursors(await shelf.offset(), target) >= 0);
  }

  async retry(key: string): Promise<void> {
    const { shelf } = this.#options;
    await shelf.release(key);
    await this.#until(() => shelf.decided(key));
  }

  /** The running member may be another process, whose steps only the shelf tells. */
  async #until(done: () => Promise<boolean>): Promise<void> {
    // Who waits does not wait for company.
    this.#following?.wake();
    while (!(await done())) {
      if (this.#stopped) throw new Error('the subscription was stopped');
      await this.#stepped.next(25);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    // Another member may have led meanwhile.
    this.#at = undefined;
    const { pollEvery, onTrouble } = this.#options;
    this.#following = follow({
      step: () => this.#step(),
      ...(pollEvery && { pollEvery }),
      onTrouble: (error) => {
        if (!signal.aborted && !(error instanceof OffsetMoved)) onTrouble?.(error);
      },
    });
    await this.#following.ended;
  }

  async #step(): Promise<boolean> {
    let taken = false;
    this.#gathering.begin();
    try {
      const again = await this.#handleReleased();
      const { moved, full } = await this.#handleNext();
      taken = moved;
      return full || again;
    } finally {
      this.#gathering.done(taken);
      this.#stepped.tell();
    }
  }

  async #handleNext(): Promise<{ moved: boolean; full: boolean }> {
    const { source, shelf } = this.#options;
    if (this.#unsaved) await this.#save();
    const from = this.#at ?? (await shelf.offset());
    const page = await source.page(from, pageSize);
    if (page.cursor === from) return { moved: false, full: false };
    const held =
      page.records.length > 0 ? await shelf.heldKeys([...new Set(page.records.map(({ record }) => record.key))]) : new Set<string>();
    const setAside = await attempt(page.records, held, { ...this.#options, signal: this.#abort.signal });
    this.#unsaved = { from, to: page.cursor, setAside };
    await this.#save();
    return { moved: true, full: page.full };
  }

  /** When the database went away meanwhile, what was handled is not handled again: only this is tried again. */
  async #save(): Promise<void> {
    if (!this.#unsaved) return;
    const { setAside, ...move } = this.#unsaved;
    try {
      await this.#options.shelf.commit(move, setAside);
    } catch (error) {
      // Another member was faster, or this very commit had succeeded unheard.
      if (error instanceof OffsetMoved) [this.#unsaved, this.#at] = [undefined, undefined];
      throw error;
    }
    [this.#unsaved, this.#at] = [undefined, move.to];
    for (const { record, cause } of setAside) this.#alarm(record, cause);
  }

  /** Answers whether there were any: others may have been released by what became of them. */
  async #handleReleased(): Promise<boolean> {
    const { shelf, handle } = this.#options;
    const released = await shelf.released();
    const blocked = new Set<string>();
    for (const { id, record } of released) {
      if (blocked.has(record.key)) continue;
      this.#abort.signal.throwIfAborted();
      try {
        await handle([record]);
      } catch (error) {
        blocked.add(record.key);
        await shelf.settle(id, causeOf(error));
        this.#alarm(record, causeOf(error));
        continue;
      }
      await shelf.settle(id);
    }
    return released.length > 0;
  }

  #alarm({ topic, key, id, source, type, position }: BusRecord, cause: string): void {
    this.#options.onAlarm?.({ topic, key, id, source, type, ...(position !== undefined && { position }), cause });
  }
}
