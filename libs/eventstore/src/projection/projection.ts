import type { Category } from '@chancery/events';
import type { EntityManager } from 'typeorm';
import type { RecordedEvent } from '../contract.js';

/** Rows made from events, for lists, search, export and the console; security never decides from them (design §3). */
export interface Projection {
  /** Names its checkpoint; another meaning of the rows is another name, and a rebuild. */
  readonly name: string;
  /** `schema.table` of each table it fills, all of them its own. */
  readonly tables: readonly string[];
  /** Absent: all. */
  readonly categories?: readonly Category[];
  /**
   * Writes rows through `manager` alone: they and the checkpoint are one transaction. Rows depend on nothing but the events before them, no clock
   * and no random value, so that a rebuild makes the same.
   */
  apply(events: readonly RecordedEvent[], manager: EntityManager): Promise<void>;
}
