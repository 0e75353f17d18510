import type { Queryable } from '../reader/queryable.js';
import type { Heartbeat, RevocationEntry } from './entry.js';
import { Feed } from './feed.js';
import { databaseTime, type EntriesRead, readEntries } from './read-entries.js';
import { RevocationSet } from './set.js';

/** What the store has told so far, and asking it once more. */
export class Round {
  readonly set = new RevocationSet();
  readonly feed = new Feed();
  #new: RevocationEntry[] = [];
  #epoch = 0;
  #xmin = 0n;
  #through = 0;

  /** The whole set has been read once. */
  get loaded(): boolean {
    return this.#epoch > 0;
  }

  /** The store's, as of the last time; 0 before it was asked. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Everything that transactions before it wrote is in the set. */
  get xmin(): bigint {
    return this.#xmin;
  }

  async ask(queryable: Queryable): Promise<void> {
    // T before the entries: whatever was answered before this moment had been committed, so the later snapshot shows it.
    const now = await databaseTime(queryable);
    const read = await readEntries(queryable, this.#xmin);
    if (this.loaded && read.epoch !== this.#epoch) {
      // The store was restored: its transaction ids began anew, and a window from an old one on says nothing.
      this.#xmin = 0n;
      this.#take(now, await readEntries(queryable, 0n));
    } else this.#take(now, read);
  }

  /** Entries that came since the last time. */
  takeNew(): RevocationEntry[] {
    const taken = this.#new;
    this.#new = [];
    return taken;
  }

  beat(): Heartbeat {
    return this.set.beat(this.#through);
  }

  #take(now: number, { epoch, xmin, entries }: EntriesRead): void {
    // Complete through an earlier T stays true when the clock is set back.
    this.#through = Math.max(this.#through, now);
    const fresh = entries.filter(({ entry }) => this.set.apply(entry));
    // Those that are over already, too: a window that a writer holds open for long shows them again and again.
    const gone = this.set.expire(this.#through);
    const alive = fresh.filter(({ entry }) => this.set.holds(entry));
    this.feed.completeThrough(epoch, xmin);
    this.feed.forget(gone);
    this.feed.add(alive);
    this.#new.push(...alive.map(({ entry }) => entry));
    [this.#epoch, this.#xmin] = [epoch, xmin];
  }
}
