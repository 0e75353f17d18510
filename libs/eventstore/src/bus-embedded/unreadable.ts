import { UnreadableEvent } from '@chancery/events';
import type { BusRecord } from '../bus.js';
import { readRecord } from '../read-record.js';

/** Why this release cannot read a record: trying again would not help, so it is set aside at once (S-163). */
export function whyUnreadable(record: Pick<BusRecord, 'type' | 'version' | 'data'>): { unreadable?: string } {
  try {
    readRecord(record);
    return {};
  } catch (error) {
    return { unreadable: error instanceof UnreadableEvent ? error.message : 'unreadable' };
  }
}
