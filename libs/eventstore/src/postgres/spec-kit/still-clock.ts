import type pg from 'pg';

/** A clock that two stores share and that stands still until it is moved: the same call meets the same second in both. */
export interface StillClock {
  /** Microseconds since 1970. */
  now(): number;
  /** Whole seconds since 1970. */
  second(): number;
  pass(seconds: number): Promise<void>;
}

/** Stops the clock of a database whose owner this connection is, a little ahead of the machine's: a store refuses a time before its last one. */
export async function stopClock(owner: pg.ClientBase): Promise<StillClock> {
  let at = (Math.floor(Date.now() / 1_000) + 10) * 1_000_000;
  const show = () =>
    owner.query(`create or replace function es.now() returns timestamptz language sql volatile parallel safe
      as 'select timestamptz ''epoch'' + ${at} * interval ''1 microsecond'''`);
  await show();
  return {
    now: () => at,
    second: () => Math.floor(at / 1_000_000),
    async pass(seconds) {
      if (seconds === 0) return;
      at += Math.round(seconds * 1_000_000);
      await show();
    },
  };
}
