/** A monotonic clock that is moved by hand, and a database whose clock goes with it. */
export interface MovedClock {
  /** Seconds, from any start. */
  readonly monotonic: () => number;
  /** Seconds since 1970 by the database. */
  readonly database: () => number;
  move(seconds: number): void;
}

export function movedClock(start = 1_790_000_000): MovedClock {
  let moved = 0;
  return { monotonic: () => 77 + moved, database: () => start + moved, move: (seconds) => void (moved += seconds) };
}
