import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type Topic } from '@chancery/events';
import type { Kafka } from 'kafkajs';
import type { SubscribeOptions } from '../bus.js';
import type { AdminLine } from './admin-line.js';
import { groupName, topicName } from './connection.js';
import { Consumer } from './consumer.js';
import type { KafkaBusOptions } from './open-kafka-bus.js';
import type { Shelf } from './shelf.js';
import { TopicReader } from './topic-reader.js';

export interface SubscribingDeps {
  readonly kafka: Kafka;
  readonly admin: AdminLine;
  readonly shelf: Shelf;
}

/** Read whole by every process at every start, under a group of that start: the compacted topic of revocations. */
export const isOwn = (topic: Topic): boolean => topic === topics.revocations;

/** Follows one topic for a subscription. */
export function openConsumer(options: KafkaBusOptions, subscription: SubscribeOptions, topic: Topic, deps: SubscribingDeps): Consumer {
  const { kafka, admin, shelf } = deps;
  const { onTrouble, issuer, macKeys, verify } = options;
  if (macKeys && !isOwn(topic) && !macKeys[topic]) throw new TypeError(`no MAC key for ${topic}`);
  const name = topicName(options, topic);
  const shared = groupName(options, subscription.group, topic);
  const groupId = () => (isOwn(topic) ? `${shared}.${randomUUID()}` : shared);
  return new Consumer({
    topic,
    shelf,
    issuer,
    group: subscription.group,
    handle: (records) => subscription.handle(records),
    retries: options.retries ?? [100, 200, 400, 800, 1_600],
    sleep: options.sleep ?? ((ms, signal) => pause(ms, undefined, { signal })),
    open: (how) => new TopicReader({ ...how, kafka, topic: name, groupId, commits: !isOwn(topic), ...(onTrouble && { onTrouble }) }),
    passed: async (reader) => {
      // Read first: what comes later is not waited for.
      const ends = await admin.ends(name);
      return isOwn(topic) ? () => Promise.resolve(reader.reached(ends)) : () => committed(admin, { groupId: shared, name, ends });
    },
    ...(macKeys && { macKeys }),
    ...(verify && { verify }),
    ...(onTrouble && { onTrouble }),
    ...(subscription.onAlarm && { onAlarm: subscription.onAlarm.bind(subscription) }),
  });
}

/** Whichever members read the partitions, the group's offset says how far they are. */
async function committed(admin: AdminLine, { groupId, name, ends }: { groupId: string; name: string; ends: ReadonlyMap<number, bigint> }) {
  if (ends.size === 0) return true;
  const offsets = await admin.committed(groupId, name);
  return [...ends].every(([partition, end]) => (offsets.get(partition) ?? -1n) >= end);
}
