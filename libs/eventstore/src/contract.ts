import type { ChanceryEvent, RevocationKind } from '@chancery/events';

/** One stream's part of an append. `expected` is its exact revision now; 0 for a stream that must not exist. There is no "any". */
export interface StreamAppend {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly ChanceryEvent[];
}

/** A key that works once. Made by `reservation()` or `lastingReservation()`. */
export interface Reservation {
  /** 16 bytes: digest of tenant, kind and parts, length-prefixed. */
  readonly key: Uint8Array;
  /** Last second at which the artefact could be accepted, from what is signed in it; 0: lives long, outside the ring. */
  readonly end: number;
}

/** Holds while no fence came to the stream after the revision it was read at. */
export interface Unchanged {
  readonly stream: string;
  readonly revision: number;
}

/** Holds while the subject has no entry in the revocation set that hits authority from `since` (seconds); absent: authority from this append's own time. */
export interface NotRevoked {
  readonly kind: RevocationKind;
  readonly id: string;
  readonly since?: number;
}

/** Atomic by itself; several travel together in one call (group commit) and never touch each other. */
export interface Append {
  readonly streams: readonly StreamAppend[];
  readonly reserve?: readonly Reservation[];
  readonly unchanged?: readonly Unchanged[];
  readonly notRevoked?: readonly NotRevoked[];
  /**
   * The transaction id (xid8) through which the caller's own revocation set was complete when it checked these keys in it while gathering: only entries
   * since then are looked at. Absent: the caller holds no set, and every key is looked up.
   */
  readonly checkedThrough?: bigint;
}

export type AppendOutcome =
  /** Durable. `position` is its last event's. `at` in microseconds since 1970 by the database's clock: an event's time, a token's `iat`, a revocation's T. */
  | { readonly outcome: 'recorded'; readonly position: bigint; readonly at: number }
  /** Something it rests on changed: read again, decide again, once. */
  | { readonly outcome: 'stale' }
  /** Final: what it rests on was ended. */
  | { readonly outcome: 'revoked' }
  /** Final: somebody else used an artefact. `taken` is the index in `Append.reserve` of the first one that was used: a replayed proof and a replayed assertion are answered differently (DPOP-07, CLA-11). */
  | { readonly outcome: 'reserved'; readonly taken: number }
  /** Final: the artefact's own time is over by the database's clock, or too far ahead. */
  | { readonly outcome: 'expired' };

/** The store cannot know or cannot answer: 503 with Retry-After at the edge. Nothing may be assumed recorded, nor not recorded. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly id: string;
  /** Microseconds since 1970 by the database's clock. */
  readonly at: number;
  readonly event: ChanceryEvent;
}

/** How a stream becomes a state: the fold half of a decider. */
export interface Fold<State, Event extends ChanceryEvent = ChanceryEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
}

export interface Folded<State> {
  readonly state: State;
  /** 0 for a stream that does not exist. */
  readonly revision: number;
  /** Hand this to the append: it makes a cached reading safe. */
  readonly guard: Unchanged;
}

/** `cached` may be behind; its guard finds out. `fresh` reads the stream. */
export type Reading = 'cached' | 'fresh';

export interface EventStore {
  append(append: Append): Promise<AppendOutcome>;
  /** A whole stream in order, or nothing. */
  read(stream: string): Promise<readonly RecordedEvent[]>;
  fold<State, Event extends ChanceryEvent>(stream: string, fold: Fold<State, Event>, reading?: Reading): Promise<Folded<State>>;
  /** Seconds since 1970 (with fraction) by the database's clock: estimated from its answers, carried on the monotonic clock. */
  now(): number;
}

/** Where a reader stands in the order of commits: `(epoch, tx, position)` (design §4). */
export interface Cursor {
  readonly epoch: number;
  readonly tx: bigint;
  readonly position: bigint;
}
