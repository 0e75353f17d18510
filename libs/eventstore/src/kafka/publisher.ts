import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../contract.js';
import type { KafkaRecord } from './cloud-event.js';

export interface PublisherOptions {
  /** One at a time. The signal aborts when all whose records these are have gone. */
  write(records: readonly KafkaRecord[], signal: AbortSignal): Promise<void>;
  /** Milliseconds until a caller learns that it is not known; Infinity waits as long as it takes. */
  readonly giveUpAfter: number;
}

interface Caller {
  readonly records: readonly KafkaRecord[];
  /** Aborts when it wants its records published no more. */
  readonly signal: AbortSignal | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

const most = { inOneWrite: 2_000, waiting: 50_000 };

/**
 * Group commit over one topic: callers that arrive while one write is in flight go together in the next, without a timer. Who has waited too long, or finds
 * too many waiting, gets StoreUnavailable: it is not known whether those records will be durable, and publishing them again is harmless.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  #waiting: Caller[] = [];
  #count = 0;
  #writing: Promise<void> | undefined;
  #inHand: { readonly group: readonly Caller[]; readonly abort: AbortController } | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** @param signal when it aborts, what has not gone out goes out no more; the caller learns when that is sure */
  publish(records: readonly KafkaRecord[], signal?: AbortSignal): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    if (signal?.aborted) return Promise.reject(nobodyKnows());
    if (this.#count > 0 && this.#count + records.length > most.waiting)
      return Promise.reject(new StoreUnavailable('the bus is away, and too much is waiting for it'));
    this.#count += records.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const caller: Caller = { records, signal, resolve, reject };
    this.#waiting.push(caller);
    this.#writing ??= this.#drain();
    return this.#unlessAborted(this.#within(promise, caller), caller);
  }

  /** Resolves when nothing is waiting. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #within(written: Promise<void>, caller: Caller): Promise<void> {
    const { giveUpAfter } = this.#options;
    if (giveUpAfter === Infinity) return written;
    const enough = new AbortController();
    const tooLate = sleep(giveUpAfter, undefined, { signal: enough.signal }).then(
      () => {
        // What is not on its way yet is not sent any more: its caller will come with it again.
        if (this.#waiting.includes(caller)) this.#forget(caller);
        throw new StoreUnavailable('the bus did not take the records in time');
      },
      () => undefined,
    );
    try {
      await Promise.race([written, tooLate]);
    } finally {
      enough.abort();
    }
  }

  async #unlessAborted(written: Promise<void>, caller: Caller): Promise<void> {
    const leave = () => {
      if (this.#waiting.includes(caller)) {
        this.#forget(caller);
        caller.reject(nobodyKnows());
      } else if (this.#inHand?.group.every(({ signal }) => signal?.aborted)) this.#inHand.abort.abort();
    };
    caller.signal?.addEventListener('abort', leave, { once: true });
    try {
      await written;
    } finally {
      caller.signal?.removeEventListener('abort', leave);
    }
  }

  #forget(caller: Caller): void {
    this.#waiting = this.#waiting.filter((one) => one !== caller);
    this.#count -= caller.records.length;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      const abort = new AbortController();
      this.#inHand = { group, abort };
      try {
        await this.#options.write(
          group.flatMap(({ records }) => records),
          abort.signal,
        );
        for (const caller of group) caller.resolve();
      } catch (cause) {
        for (const caller of group) caller.reject(nobodyKnows(cause));
      }
      for (const { records } of group) this.#count -= records.length;
    }
    this.#inHand = undefined;
    this.#writing = undefined;
  }

  #nextGroup(): Caller[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ records }, index) => (size += records.length) > most.inOneWrite && index > 0);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}

const nobodyKnows = (cause?: unknown): StoreUnavailable => new StoreUnavailable('the bus did not take the records', { cause });
