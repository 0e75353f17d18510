import { type ActivityRecord, type ChanceryEvent, decodeEvent } from '@chancery/events';
import type { BusRecord } from './bus.js';

const read = new WeakMap<object, ChanceryEvent | ActivityRecord>();

/**
 * What a record says, through its upcasts. The bus reads a record to know that it can be, and its handler to act on it: the second time it is known.
 * Nobody may change what is answered. @throws UnreadableEvent
 */
export function readRecord(record: Pick<BusRecord, 'type' | 'version' | 'data'>): ChanceryEvent | ActivityRecord {
  const known = read.get(record);
  if (known !== undefined) return known;
  const event = decodeEvent(record);
  read.set(record, event);
  return event;
}
