import type { Category } from '@chancery/events';
import type { Cursor, RecordedEvent } from '../contract.js';
import { channels } from '../postgres/notifier.js';
import type { Doorbell } from './doorbell.js';
import { follow } from './follow.js';
import type { Queryable } from './queryable.js';
import { readOrdered } from './read-ordered.js';
import { readableUntil, ReaderStopped } from './stored-event.js';

export interface TailOptions {
  /** A pool or DataSource: the tail survives a restart of the database by asking again. */
  readonly queryable: Queryable;
  readonly after: Cursor;
  readonly categories?: readonly Category[];
  /** Events looked at in one page; 500 unless told. */
  readonly limit?: number;
  /** Called page by page, in order; the cursor moves when it has returned. When it throws, the same events come again. */
  onEvents(events: readonly RecordedEvent[], cursor: Cursor): Promise<void> | void;
  /** `onRecorded` of a store in this process. */
  readonly onRecorded?: (listener: () => void) => () => void;
  /** For appends of other processes. */
  readonly doorbell?: Doorbell;
  /** Milliseconds, 250 unless told. */
  readonly pollEvery?: number;
  onTrouble?(error: unknown): void;
  /** An event that cannot be understood: raise an alarm. The tail has stopped before it and delivers nothing more. */
  onStopped?(error: ReaderStopped): void;
}

export interface Tail {
  cursor(): Cursor;
  stop(): Promise<void>;
}

/** Follows the store in the order of commits, from a cursor on. */
export function tail(options: TailOptions): Tail {
  const { queryable, limit = 500, categories, onEvents, pollEvery, onTrouble } = options;
  let cursor = options.after;
  const following = follow({
    async step() {
      const page = await readOrdered(queryable, cursor, { limit, ...(categories && { categories }) });
      const { events, stop } = readableUntil(page.events);
      // What lies before the unreadable event is whole, and is delivered.
      const through = stop ? (page.events[events.length - 1]?.cursor ?? cursor) : page.cursor;
      if (events.length > 0) await onEvents(events, through);
      cursor = through;
      if (stop) throw stop;
      return page.full;
    },
    endsIt: (error) => error instanceof ReaderStopped,
    ...(pollEvery && { pollEvery }),
    ...(onTrouble && { onTrouble }),
  });
  void following.ended.then((error) => error instanceof ReaderStopped && options.onStopped?.(error));
  const silence = [options.onRecorded?.(following.wake), options.doorbell?.on(channels.events, following.wake)];
  return {
    cursor: () => cursor,
    async stop() {
      for (const hush of silence) hush?.();
      await following.stop();
    },
  };
}
