/** What one machine knows of the database's clock, carried on its own monotonic clock; its wall clock is never asked. */
export interface DatabaseClock {
  /** The database stamped `at` (microseconds since 1970) between these two readings of `performance.now()`. */
  sample(at: number, sent: number, received: number): void;
  /** Seconds since 1970, with fraction. */
  now(): number;
}

/**
 * Each sample bounds the offset between the two clocks: the stamp lies between sent and received. A narrower sample is better, and one that the present
 * estimate lies outside of is the truth: a clock was moved, or drifted.
 */
export function databaseClock(monotonic: () => number = () => performance.now()): DatabaseClock {
  let offset: number | undefined;
  let width = Infinity;
  return {
    sample(at, sent, received) {
      const earliest = at / 1000 - received;
      const latest = at / 1000 - sent;
      const outside = offset === undefined || offset < earliest || offset > latest;
      if (!outside && latest - earliest >= width) return;
      offset = (earliest + latest) / 2;
      width = latest - earliest;
    },
    now() {
      if (offset === undefined) throw new Error('the database was never asked for its time');
      return (monotonic() + offset) / 1000;
    },
  };
}
