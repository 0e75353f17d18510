import type { DataSource, DataSourceOptions } from 'typeorm';
import { prepareAppend, type PreparedAppend } from '../append/prepared.js';
import { StoreUnavailable, type AppendOutcome, type EventStore } from '../contract.js';
import { permissions, type WritingRole } from '../migrations/sql/permissions.js';
import { openDataSource } from './data-source.js';
import { databaseClock } from './database-clock.js';
import { folds } from './folds.js';
import { healthCheck } from './health.js';
import { runLane } from './lane.js';
import { notifier } from './notifier.js';
import { streamReader } from './streams.js';
import { keepTime } from './time-keeping.js';
import { checkUsable } from './usable.js';
import { waitingAppends } from './waiting-appends.js';

export interface OpenEventStoreOptions {
  /** The role's own login on a migrated database. */
  readonly url: string;
  readonly role: WritingRole;
  /** Connections that append, each with one call in flight; 2 unless told. */
  readonly lanes?: number;
  /** The most connections that read; 10 unless told. Callers beyond it wait their turn. */
  readonly readers?: number;
  /** The most appends that travel in one call; 256 unless told. */
  readonly batch?: number;
  /** Entities of the service's read models. */
  readonly entities?: DataSourceOptions['entities'];
}

/** What one commit of this process brought. */
export interface Recorded {
  /** Whether an entry came into the revocation set. */
  readonly revoked: boolean;
}

export interface PostgresEventStore extends EventStore {
  /** Whether the store answers now, for a readiness probe; within two seconds. */
  healthy(): Promise<boolean>;
  /** Calls after every commit of this process, so that readers in it need not poll. Answers how to stop it. */
  onRecorded(listener: (recorded: Recorded) => void): () => void;
  /** Its connections, for read models and ordered readers. */
  readonly dataSource: DataSource;
  /** Takes no more appends, answers those it has, closes every connection. */
  close(): Promise<void>;
}

/** Opens the store for a service. Throws StoreUnusable for a database that may not serve, and what the driver throws for one that cannot be reached. */
export async function openEventStore(options: OpenEventStoreOptions): Promise<PostgresEventStore> {
  const { url, role, lanes = 2, readers = 10, batch = 256, entities = [] } = options;
  // One more for the notifier.
  const dataSource = await openDataSource({ url, applicationName: `chancery ${role}`, connections: readers + lanes + 1, entities });
  const clock = databaseClock();
  const timeKeeping = keepTime(dataSource, clock);
  try {
    await checkUsable(dataSource, lanes);
    await timeKeeping.first;
  } catch (error) {
    timeKeeping.stop();
    await dataSource.destroy();
    throw error;
  }

  const read = streamReader(dataSource, clock);
  const states = folds(read);
  const notices = notifier(dataSource);
  const listeners = new Set<(recorded: Recorded) => void>();
  const waiting = waitingAppends(batch);
  const open = { count: 0 };
  const closing = new AbortController();
  const onRecorded = (recorded: readonly PreparedAppend[]) => {
    for (const { streams } of recorded) for (const { stream } of streams) states.forget(stream);
    const what = { revoked: recorded.some(({ events }) => events.some(({ revokes }) => revokes.length > 0)) };
    // On their own: a listener that throws must not take the lane with it.
    for (const listener of listeners) queueMicrotask(() => listener(what));
    notices.notify(what);
  };
  const running = Array.from({ length: lanes }, () =>
    runLane({ role, dataSource, waiting, clock, open, closing: closing.signal, onRecorded }),
  );
  const unanswered = new Set<Promise<AppendOutcome>>();
  let closed: Promise<void> | undefined;

  const close = async () => {
    await Promise.allSettled(unanswered);
    closing.abort();
    await Promise.all(running);
    timeKeeping.stop();
    await notices.close();
    await dataSource.destroy();
  };

  return {
    async append(append) {
      const prepared = prepareAppend(append);
      mayWrite(role, prepared);
      if (closed) throw new StoreUnavailable('the store is closing');
      const outcome = waiting.add(prepared);
      unanswered.add(outcome);
      return outcome.finally(() => unanswered.delete(outcome));
    },
    read: (stream) => read(stream),
    fold: (stream, fold, reading = 'cached') => states.fold(stream, fold, reading),
    now: clock.now,
    healthy: () => healthCheck(dataSource, open),
    onRecorded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dataSource,
    close: () => (closed ??= close()),
  };
}

/** The database refuses it too; here it is named as what it is, a mistake in the service. */
function mayWrite(role: WritingRole, { events }: PreparedAppend): void {
  for (const { type } of events) if (!permissions[role].types.includes(type)) throw new TypeError(`${role} does not write ${type}`);
}
