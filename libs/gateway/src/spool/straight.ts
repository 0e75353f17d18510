import type { Bus } from '@chancery/eventstore';
import type { Spool } from './spool.js';

/** A gateway without a spool: a record is on the bus, or its call is denied. */
export const straight = (bus: Pick<Bus, 'publish'>): Spool => ({
  start: () => Promise.resolve(),
  publish: (records) => bus.publish(records),
  state: () => 'direct',
  held: () => ({ bytes: 0, records: 0 }),
  stop: () => Promise.resolve(),
});
