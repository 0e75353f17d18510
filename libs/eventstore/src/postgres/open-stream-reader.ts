import type { DataSource } from 'typeorm';
import type { EventStore } from '../contract.js';
import { databaseClock } from './database-clock.js';
import { folds } from './folds.js';
import { healthCheck } from './health.js';
import { streamReader } from './streams.js';
import { keepTime } from './time-keeping.js';

/** The event store of a role that appends nothing. */
export interface StreamReader extends Pick<EventStore, 'read' | 'fold' | 'now'> {
  /** Whether the store answers now, for a readiness probe; within two seconds. */
  healthy(): Promise<boolean>;
  /** The connections stay open: they are the caller's. */
  close(): void;
}

/** Reads streams over connections that somebody else opened. Throws what the driver throws for a server that cannot be asked its time. */
export async function openStreamReader(dataSource: DataSource): Promise<StreamReader> {
  const clock = databaseClock();
  const timeKeeping = keepTime(dataSource, clock);
  try {
    await timeKeeping.first;
  } catch (error) {
    timeKeeping.stop();
    throw error;
  }
  const read = streamReader(dataSource, clock);
  const states = folds(read);
  return {
    read: (stream) => read(stream),
    fold: (stream, fold, reading = 'cached') => states.fold(stream, fold, reading),
    now: clock.now,
    healthy: () => healthCheck(dataSource, { count: 1 }),
    close: () => timeKeeping.stop(),
  };
}
