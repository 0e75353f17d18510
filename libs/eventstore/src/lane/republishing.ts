import { aliveUntil, type RevocationEntry } from './entry.js';
import type { RevocationSet } from './set.js';

/** Microseconds. A gateway whose T is ahead would take one that is nearly over for a replay; no record needs it any more. */
const nearlyOver = 60_000_000;

/** Giving out again what was given out long ago: the topic forgets, and keys and issuers are ended for ever. */
export class Republishing {
  readonly #set: RevocationSet;
  readonly #entries: readonly RevocationEntry[];
  #next = 0;

  constructor(set: RevocationSet, entries: readonly RevocationEntry[]) {
    this.#set = set;
    this.#entries = entries;
  }

  get done(): boolean {
    return this.#next >= this.#entries.length;
  }

  /** Up to `limit` of those that still stand at T `through` (microseconds), which begin the next page until `passed` is called. */
  page(limit: number, through: number): readonly RevocationEntry[] {
    return this.#entries
      .slice(this.#next, this.#next + limit)
      .filter((entry) => this.#set.holds(entry) && aliveUntil(entry) > through + nearlyOver);
  }

  passed(limit: number): void {
    this.#next += limit;
  }
}
