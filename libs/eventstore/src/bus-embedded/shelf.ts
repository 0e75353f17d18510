import type { Quarantined } from '../bus.js';
import type { Cursor } from '../contract.js';
import type { SetAside } from './attempt.js';

/** Where a group keeps, for one topic, how far it is and what it set aside. */
export interface Shelf {
  offset(): Promise<Cursor>;
  /** Which of these keys wait behind one that failed. */
  heldKeys(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Both or neither. Throws OffsetMoved when the offset is not at `from`: another member was faster. */
  commit(move: { from: Cursor; to: Cursor }, setAside: readonly SetAside[]): Promise<void>;
  /** Records set aside that may be handled now, in order: nothing of their key that failed is left before them. */
  released(): Promise<readonly Quarantined[]>;
  /** What became of a released one: handled, or failed again with this cause. */
  settle(id: bigint, failed?: string): Promise<void>;
  /** Lets the key's records be handled again. */
  release(key: string): Promise<void>;
  /** Nothing of the key is waiting, or one of it failed. */
  decided(key: string): Promise<boolean>;
}

export class OffsetMoved extends Error {
  override readonly name = 'OffsetMoved';
}
