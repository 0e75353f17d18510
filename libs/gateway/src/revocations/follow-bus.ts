import type { Bus, BusAlarm, BusRecord, Subscription } from '@chancery/eventstore';
import { topics } from '@chancery/events';
import type { Alarms, OnAlarm } from './alarm.js';
import type { FollowedSet, Heard } from './followed-set.js';
import { asSigned } from './signed-on-bus.js';

export interface BusFollowerDeps {
  readonly bus: Bus;
  /** Its own for each run of a gateway: every one reads everything. */
  readonly group: string;
  readonly followed: FollowedSet;
  readonly alarms: Alarms;
  onHeard(heard: Heard): void;
}

/**
 * Follows `chancery.revocations` from its beginning. No record can stop it, or hold another one back: what is no good changes nothing and
 * alarms, whether that shows here or in the bus.
 */
export async function followBus({ bus, group, followed, alarms, onHeard }: BusFollowerDeps): Promise<Subscription> {
  const { alarm } = alarms;
  const hear = (record: BusRecord): void => {
    try {
      if (record.data.byteLength === 0) alarm({ reason: 'tombstone', source: 'bus' });
      else onHeard(followed.hearBus(asSigned(record)));
    } catch (err) {
      // Thrown on, it would be tried again, then hold back the entries of its key.
      alarm({ reason: 'record_unreadable', source: 'bus', stream: record.source, err });
    }
  };
  const subscription = await bus.subscribe({
    group,
    topics: [topics.revocations],
    handle: (records) => Promise.resolve(records.forEach(hear)),
    onAlarm: setAside(alarm),
  });
  const live = (): void => {
    followed.live = true;
    alarms.live();
  };
  // It rejects when it was stopped before it got there.
  void subscription.caughtUp().then(live, () => undefined);
  return subscription;
}

/** On Kafka tombstones, and records that are none of ours, do not come as far as the handler. */
const setAside =
  (alarm: OnAlarm) =>
  ({ cause, source }: BusAlarm): void =>
    alarm({ reason: cause === 'tombstone' ? 'tombstone' : 'record_unreadable', source: 'bus', stream: source });
