import type { Bus, BusRecord, Subscription } from '@chancery/eventstore';
import { topics } from '@chancery/events';
import type { OnAlarm } from './alarm.js';
import type { FollowedSet, Heard, RawRecord } from './followed-set.js';

export interface BusFollowerDeps {
  readonly bus: Bus;
  /** Its own for each run of a gateway: every one reads everything. */
  readonly group: string;
  readonly followed: FollowedSet;
  readonly alarm: OnAlarm;
  onHeard(heard: Heard): void;
}

/** Follows `chancery.revocations` from its beginning. No record can stop it: what is no good changes nothing and alarms. */
export async function followBus({ bus, group, followed, alarm, onHeard }: BusFollowerDeps): Promise<Subscription> {
  const subscription = await bus.subscribe({
    group,
    topics: [topics.revocations],
    handle: (records) => {
      for (const record of records) {
        if (record.data.byteLength === 0) alarm({ reason: 'tombstone', source: 'bus' });
        else onHeard(followed.hearBus(asSigned(record)));
      }
      return Promise.resolve();
    },
  });
  void subscription.caughtUp().then(
    () => (followed.live = true),
    () => undefined, // stopped before it got there
  );
  return subscription;
}

// Bytes that are no UTF-8 become others here, and so fail the signature.
const asSigned = ({ type, data, extensions }: BusRecord): RawRecord => ({
  type,
  data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'),
  sig: extensions?.['sig'],
  sigkid: extensions?.['sigkid'],
});
