import { FencedCheckpoint, LeadLost } from '../fenced-checkpoint.js';
import type { Leadership } from '../leader.js';
import { follow, type Following } from '../reader/follow.js';
import type { Queryable } from '../reader/queryable.js';
import type { Heartbeat, RevocationEntry } from './entry.js';
import { Outlet, type OutletOptions } from './outlet.js';
import { Republishing } from './republishing.js';

export interface TermOptions extends Omit<OutletOptions, 'signal'> {
  readonly queryable: Queryable;
  readonly leadership: Leadership;
  /** Milliseconds between two times that all that is held goes out again. */
  readonly republishEvery: number;
  /** Milliseconds between two marks of how far all is out. */
  readonly markEvery: number;
  onTrouble?(error: unknown): void;
}

/** The leader's name, and its checkpoint's: T in microseconds as its position, in the store's epoch. */
export const laneName = 'revocation-lane';

/** Microseconds: an entry was committed, and so could be published, at most this long after the time it says. No statement may take as long. */
const slack = 60_000_000;
/** Entries of the whole set given out again each time the lane looks at the store, four times a second: they are in no hurry, and new ones are. */
const pageOfOld = 256;

/** One leader's term: first what its predecessor may have left, then what comes, and besides, page by page, all that is held. */
export function term(options: TermOptions): Following {
  const one = new Term(options);
  return follow({
    step: () => one.step(),
    pollEvery: options.beatEvery,
    endsIt: () => one.over,
    onTrouble: (error) => void (one.over || options.onTrouble?.(error)),
  });
}

class Term {
  readonly #options: TermOptions;
  readonly #checkpoint: FencedCheckpoint;
  readonly #fenced = new AbortController();
  readonly #signal: AbortSignal;
  readonly #outlet: Outlet;
  #old: Republishing | undefined;
  #oldSince = 0;
  #marked = { at: -Infinity, busy: false };

  constructor(options: TermOptions) {
    const { queryable, leadership } = options;
    this.#options = options;
    this.#checkpoint = new FencedCheckpoint({ queryable, name: laneName, generation: leadership.generation });
    this.#signal = AbortSignal.any([leadership.signal, this.#fenced.signal]);
    this.#outlet = new Outlet({ ...options, signal: this.#signal });
  }

  get over(): boolean {
    return this.#signal.aborted;
  }

  /** Answers whether more is waiting to go out. */
  async step(): Promise<boolean> {
    const { round } = this.#options;
    if (!round.loaded) return false;
    if (!this.#old) await this.#begin();
    const { epoch } = round;
    const beat = await this.#outlet.entries();
    if (!beat) return true;
    await this.#outlet.beat(beat);
    this.#mark(epoch, beat);
    await this.#republishPage(beat);
    return false;
  }

  async #begin(): Promise<void> {
    const { round } = this.#options;
    const { epoch, position } = await this.#checkpoint.read();
    const since = epoch === round.epoch ? Number(position) - slack : 0;
    // From here to the end without a pause: what is new from now on is in `takeNew`, everything before in the set.
    round.takeNew();
    const all = [...round.set];
    this.#outlet.add(all.filter(({ at }) => at > since));
    this.#republish(all.filter(({ at }) => at <= since));
  }

  /** Not waited for: a store that hangs must keep nothing from going out. */
  #mark(epoch: number, { through }: Heartbeat): void {
    if (this.#marked.busy || performance.now() - this.#marked.at < this.#options.markEvery) return;
    this.#marked = { at: performance.now(), busy: true };
    void this.#checkpoint
      .move({ epoch, tx: 0n, position: BigInt(through) })
      .catch((error: unknown) => this.#notMarked(error))
      .finally(() => (this.#marked.busy = false));
  }

  #notMarked(error: unknown): void {
    const { leadership, onTrouble } = this.#options;
    if (error instanceof LeadLost) {
      this.#fenced.abort();
      leadership.stepDown();
    } else if (!this.over) onTrouble?.(error);
  }

  #republish(entries: readonly RevocationEntry[]): void {
    this.#old = new Republishing(this.#options.round.set, entries);
    this.#oldSince = performance.now();
  }

  async #republishPage({ through }: Heartbeat): Promise<void> {
    const { round, republishEvery, onEntries } = this.#options;
    if (performance.now() - this.#oldSince >= republishEvery) this.#republish([...round.set]);
    const old = this.#old;
    if (!old || old.done) return;
    const page = old.page(pageOfOld, through);
    if (page.length > 0) await onEntries?.(page, this.#signal);
    old.passed(pageOfOld);
  }
}
