import type { Topic } from '@chancery/events';
import type { Listeners } from '../reader/listeners.js';
import type { SetAsideRecord, WaitingRecord } from './waiting-records.js';

/** Where a group keeps what it set aside of a topic. */
export interface Shelf {
  /** Resolves when it knows all that any member had set aside when this was called. */
  current(): Promise<void>;
  /** Keys that wait behind a record that failed. */
  held(): ReadonlySet<string>;
  /** Durably. Answers those that were not waiting already. */
  put(records: readonly SetAsideRecord[]): Promise<readonly SetAsideRecord[]>;
  /** What may be handled now, in order. */
  released(partitions: ReadonlySet<number>): readonly WaitingRecord[];
  /** What became of a released one: handled, or failed again with this cause. */
  settle(id: bigint, failed?: string): Promise<void>;
  /** Lets the key's records be handled again. */
  release(key: string): Promise<void>;
  /** Nothing of the key is waiting, or one of it failed. */
  decided(key: string): boolean;
  readonly changed: Listeners;
}

/** What a shelf is for. */
export interface ShelfOf {
  readonly group: string;
  readonly topic: Topic;
}
