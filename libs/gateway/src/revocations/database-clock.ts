/** One answer that says what the database's clock showed, at some moment between `sent` and `received`. */
export interface ClockSample {
  /** Microseconds since 1970. */
  readonly now: number;
  /** Monotonic seconds. */
  readonly sent: number;
  readonly received: number;
}

/** The database's clock, estimated from answers and carried on the monotonic clock; the wall clock has no part in it (design §7). */
export interface DatabaseClock {
  sample(sample: ClockSample): void;
  /** A signed heartbeat showed that it is this late at least (microseconds). */
  atLeast(time: number): void;
  /** Best estimate, in seconds since 1970. NaN before the first sample, so that every comparison with it fails. */
  now(): number;
  /** The latest it can be, in seconds: what staleness is judged by. */
  latest(): number;
  /** The latest it can have been at a moment of the monotonic clock, in seconds. NaN before the first sample. */
  latestAt(monotonic: number): number;
  /** It was never sampled, or not for half a minute. */
  due(): boolean;
}

/** Seconds after which a sample is replaced by any newer one: quartz drifts by less than 10 ms in that time. */
const freshFor = 30;

/** @param monotonic seconds, from any start */
export function databaseClock(monotonic: () => number): DatabaseClock {
  let held: ClockSample | undefined;
  const dated = (reading: ClockSample): boolean => monotonic() - reading.received >= freshFor;
  const latestAt = (moment: number): number => (held ? held.now / 1e6 + moment - held.sent : Number.NaN);
  const now = (): number => (held ? held.now / 1e6 + monotonic() - (held.sent + held.received) / 2 : Number.NaN);
  return {
    sample(sample) {
      // The shorter the way, the less it can be wrong by.
      if (held === undefined || dated(held) || sample.received - sample.sent <= held.received - held.sent) held = sample;
    },
    atLeast(time) {
      if (held === undefined || time / 1e6 <= now()) return;
      // The whole estimate moves: how far it can be off, and how old it is, stay as the sample said.
      held = { ...held, now: held.now + time - now() * 1e6 };
    },
    now,
    latest: () => latestAt(monotonic()),
    latestAt,
    due: () => held === undefined || dated(held),
  };
}
