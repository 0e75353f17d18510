import type { DataSource } from 'typeorm';
import { withClient } from './data-source.js';
import type { DatabaseClock } from './database-clock.js';

/** Milliseconds between two questions when nothing else brings the time. */
const interval = 30_000;

export interface TimeKeeping {
  /** Rejects when the database could not be asked. */
  readonly first: Promise<void>;
  stop(): void;
}

/** Asks the database for its time now and every 30 s; appends and reads bring it besides. */
export function keepTime(dataSource: DataSource, clock: DatabaseClock): TimeKeeping {
  const timer = setInterval(() => {
    ask(dataSource, clock).catch(() => {
      // It is away: the estimate goes on along the monotonic clock.
    });
  }, interval);
  timer.unref();
  return { first: ask(dataSource, clock), stop: () => clearInterval(timer) };
}

const ask = (dataSource: DataSource, clock: DatabaseClock): Promise<void> =>
  withClient(dataSource, async (client) => {
    // Measured from here: the wait for a connection says nothing about the clocks.
    const sent = performance.now();
    const { rows } = await client.query<{ at: string }>('select (extract(epoch from es.now()) * 1000000)::bigint as at');
    if (rows[0]) clock.sample(Number(rows[0].at), sent, performance.now());
  });
