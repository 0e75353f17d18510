import type { BusRecord } from '../bus.js';
import type { Cursor } from '../contract.js';

/** A record of a topic, and why no handler could make sense of it, when that is known beforehand. */
export interface SourcedRecord {
  readonly record: BusRecord;
  readonly unreadable?: string;
}

export interface SourcePage {
  readonly records: readonly SourcedRecord[];
  /** Behind all that was looked at; the very cursor handed in when nothing was there. */
  readonly cursor: Cursor;
  readonly full: boolean;
}

/** What a topic is read from. */
export interface Source {
  page(after: Cursor, limit: number): Promise<SourcePage>;
  /** Behind everything that is there now. */
  newest(): Promise<Cursor>;
}
