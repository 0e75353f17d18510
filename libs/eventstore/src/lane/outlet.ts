import type { Heartbeat, RevocationEntry } from './entry.js';
import type { Round } from './round.js';

export interface OutletOptions {
  readonly round: Round;
  onEntries?(entries: readonly RevocationEntry[], signal: AbortSignal): Promise<void> | void;
  onHeartbeat?(beat: Heartbeat, signal: AbortSignal): Promise<void> | void;
  /** Milliseconds. */
  readonly beatEvery: number;
  /** Aborts when nothing more is to go out. */
  readonly signal: AbortSignal;
}

/** Entries given out at once. */
const pageSize = 1_000;

/** What goes out of the lane: entries, and behind all that it covers a heartbeat. */
export class Outlet {
  readonly #options: OutletOptions;
  #waiting: RevocationEntry[] = [];
  #beaten = { at: -Infinity, through: 0 };

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Entries that must be out before the next beat, besides those that come. */
  add(entries: readonly RevocationEntry[]): void {
    this.#waiting = [...this.#waiting, ...entries];
  }

  /** Gives out a page, new ones first. Answers a beat when everything it covers is out, and undefined while more is waiting. */
  async entries(): Promise<Heartbeat | undefined> {
    const { round, onEntries, signal } = this.#options;
    signal.throwIfAborted();
    // Taken together, so that the beat covers these entries and those before, and none that was not given out yet.
    const fresh = round.takeNew();
    const beat = round.beat();
    if (fresh.length > 0) this.#waiting = [...fresh, ...this.#waiting];
    const page = this.#waiting.slice(0, pageSize);
    // What was superseded while it waited is out as its successor, what is over is nobody's any more.
    const held = page.filter((entry) => round.set.holds(entry));
    if (held.length > 0) await onEntries?.(held, signal);
    this.#waiting = this.#waiting.slice(page.length);
    return this.#waiting.length > 0 ? undefined : beat;
  }

  /** Gives a beat out, if it is time. */
  async beat(beat: Heartbeat): Promise<void> {
    const { onHeartbeat, beatEvery, signal } = this.#options;
    const now = performance.now();
    if (beat.through === this.#beaten.through || now - this.#beaten.at < beatEvery) return;
    signal.throwIfAborted();
    await onHeartbeat?.(beat, signal);
    this.#beaten = { at: now, through: beat.through };
  }
}
