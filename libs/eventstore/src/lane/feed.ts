import { randomUUID } from 'node:crypto';
import { CompactedLog } from './compacted-log.js';
import type { RevocationEntry } from './entry.js';
import type { CommittedEntry } from './read-entries.js';

/** Up to how far a follower of the feed has read; a text for the wire, of any replica of the token service. */
export type FeedCursor = string;

export interface FeedPage {
  readonly entries: readonly RevocationEntry[];
  readonly cursor: FeedCursor;
  /** The page was full: ask again at once. */
  readonly more: boolean;
}

interface Place {
  readonly epoch: number;
  readonly xmin: bigint;
  readonly lane: string;
  readonly number: number;
}

const form = /^(\d{1,9})\.(\d{1,19})\.([0-9a-f]{12})\.(\d{1,15})$/;

/** What one lane holds for those who ask: pages of entries, oldest first. */
export class Feed {
  readonly #lane = randomUUID().replaceAll('-', '').slice(0, 12);
  readonly #log = new CompactedLog<CommittedEntry>();
  readonly #waiting = new Set<() => void>();
  #epoch = 0;
  #xmin = 0n;

  add(entries: readonly CommittedEntry[]): void {
    for (const committed of entries) this.#log.put(keyOf(committed.entry), committed);
    if (entries.length > 0) for (const wake of this.#waiting) wake();
  }

  forget(entries: readonly RevocationEntry[]): void {
    for (const entry of entries) this.#log.delete(keyOf(entry));
  }

  /** It holds everything that transactions before `xmin` wrote. */
  completeThrough(epoch: number, xmin: bigint): void {
    this.#epoch = epoch;
    this.#xmin = xmin;
  }

  /**
   * What came since a page's cursor; without one, or with one that cannot be read or is of another epoch, everything. Within this lane nothing comes
   * twice; a follower that comes from another replica gets a window again that it may have seen, and never misses anything.
   */
  page(cursor?: FeedCursor, limit = 1_000): FeedPage {
    const since = this.#place(cursor);
    if (since?.lane !== this.#lane) return this.#fromElsewhere(since, limit);
    const { values, through, full } = this.#log.after(since.number, limit);
    return this.#answer(values, { through, full, given: since.xmin });
  }

  /** Resolves with true as soon as there is something behind the cursor, with false after `timeout` milliseconds or when `signal` aborts. */
  changed(cursor: FeedCursor, { timeout, signal }: { timeout: number; signal?: AbortSignal }): Promise<boolean> {
    const since = this.#place(cursor);
    if (since?.lane !== this.#lane || since.number < this.#log.last) return Promise.resolve(true);
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (changed: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', leave);
        resolve(changed);
      };
      const wake = () => finish(true);
      const leave = () => finish(false);
      const timer = setTimeout(leave, timeout);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  #place(cursor: FeedCursor | undefined): Place | undefined {
    const [, epoch, xmin, lane, number] = form.exec(cursor ?? '') ?? [];
    if (epoch === undefined || xmin === undefined || lane === undefined || number === undefined) return undefined;
    return Number(epoch) === this.#epoch ? { epoch: Number(epoch), xmin: BigInt(xmin), lane, number: Number(number) } : undefined;
  }

  /** The whole log from its beginning; what a complete follower has seen for sure is left out of it. */
  #fromElsewhere(since: Place | undefined, limit: number): FeedPage {
    const xmin = since?.xmin ?? 0n;
    const { values, through, full } = this.#log.after(0, limit);
    return this.#answer(
      values.filter(({ tx }) => tx >= xmin),
      { through, full, given: xmin },
    );
  }

  #answer(values: readonly CommittedEntry[], { through, full, given }: { through: number; full: boolean; given: bigint }): FeedPage {
    // Half read, a follower is complete only as far as before; and another replica may have known more than this one.
    const xmin = full || given > this.#xmin ? given : this.#xmin;
    return {
      entries: values.map(({ entry }) => entry),
      cursor: `${this.#epoch}.${xmin}.${this.#lane}.${through}`,
      more: full,
    };
  }
}

const keyOf = ({ kind, id }: RevocationEntry): string => `${kind}/${id}`;
