/**
 * For test databases alone: SQL that moves the store's one clock, `es.now()`, so many seconds from the real one (0: back to it). Run it as the
 * owner. It moves the time of every service on that database; a clock set back is refused by the append, as a real one would be.
 */
export const movedClock = (seconds: number): string => {
  if (!Number.isFinite(seconds)) throw new TypeError('a clock is moved by a number of seconds');
  return `create or replace function es.now() returns timestamptz language sql volatile parallel safe
    as 'select pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ${seconds})'`;
};
