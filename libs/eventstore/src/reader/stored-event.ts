import { hash } from 'node:crypto';
import { type ChanceryEvent, decodeEvent, UnreadableEvent } from '@chancery/events';
import type { Cursor, RecordedEvent } from '../contract.js';

/** An event as it lies in the store, not yet read: the exact bytes that were written, with where it stands in the order of commits. */
export interface StoredEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly id: string;
  /** Microseconds since 1970 by the database's clock. */
  readonly at: number;
  readonly type: string;
  readonly version: number;
  /** SHA-256 of `data`, made by the library that wrote it. */
  readonly digest: Uint8Array;
  readonly data: Uint8Array;
  readonly cursor: Cursor;
}

/** An event that cannot be understood. Its reader stops here and stays here: skipping it would be a hole that nobody sees (design §4). */
export class ReaderStopped extends Error {
  override readonly name = 'ReaderStopped';
  readonly stream: string;
  readonly position: bigint;
  readonly type: string;
  constructor({ stream, position, type }: Pick<StoredEvent, 'stream' | 'position' | 'type'>, why: string, options?: ErrorOptions) {
    super(`reader stopped at ${stream}, position ${position}, ${type}: ${why}`, options);
    this.stream = stream;
    this.position = position;
    this.type = type;
  }
}

/** Whether the bytes are still those that were written. */
export const intact = ({ data, digest }: Pick<StoredEvent, 'data' | 'digest'>): boolean => hash('sha256', data, 'buffer').equals(digest);

/** Reads a stored event through its upcasts. Throws ReaderStopped for bytes that changed, an unknown type or a newer version. */
function readable(stored: StoredEvent): RecordedEvent {
  if (!intact(stored)) throw new ReaderStopped(stored, 'its bytes are not those that were written');
  const { stream, revision, position, id, at } = stored;
  try {
    // A stream holds events only: what passes through no stream has no place in the table.
    return { stream, revision, position, id, at, event: decodeEvent(stored) as ChanceryEvent };
  } catch (cause) {
    throw new ReaderStopped(stored, cause instanceof UnreadableEvent ? cause.reason : 'unreadable', { cause });
  }
}

/** The events before the first one that cannot be read, and why it cannot. */
export function readableUntil(stored: readonly StoredEvent[]): { events: readonly RecordedEvent[]; stop?: ReaderStopped } {
  const events: RecordedEvent[] = [];
  for (const event of stored) {
    try {
      events.push(readable(event));
    } catch (error) {
      if (!(error instanceof ReaderStopped)) throw error;
      return { events, stop: error };
    }
  }
  return { events };
}
