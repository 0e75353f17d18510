import { decodeEvent, UnreadableEvent } from '@chancery/events';
import type { BusRecord } from '../bus.js';

/** Why this release cannot read a record: trying again would not help, so it is set aside at once (S-163). */
export function whyUnreadable(record: Pick<BusRecord, 'type' | 'version' | 'data'>): { unreadable?: string } {
  try {
    decodeEvent(record);
    return {};
  } catch (error) {
    return { unreadable: error instanceof UnreadableEvent ? error.message : 'unreadable' };
  }
}
