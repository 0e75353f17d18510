import { randomUUID } from 'node:crypto';
import { topics, type Topic } from '@chancery/events';
import type { Bus, BusRecord, SubscribeOptions, Subscription } from '../bus.js';
import type { AttemptOptions } from '../bus-embedded/attempt.js';
import { AdminLine } from './admin-line.js';
import { checkSendable } from './check-sendable.js';
import { groupName, type KafkaConnection, openKafka, topicName } from './connection.js';
import type { Consumer } from './consumer.js';
import type { InspectOptions } from './inspect.js';
import { memoryShelf } from './memory-shelf.js';
import { openPublishing } from './publishing.js';
import { asQuarantinedBySender } from './quarantine-record.js';
import { QuarantineLog } from './quarantine-log.js';
import { isOwn, openConsumer } from './subscribing.js';
import { WaitingRecords } from './waiting-records.js';

export interface KafkaBusOptions extends KafkaConnection, InspectOptions, Partial<Pick<AttemptOptions, 'retries' | 'sleep'>> {
  /** Milliseconds until `publish` says with StoreUnavailable that it does not know; 10 000 unless told, Infinity to wait as long as it takes. */
  readonly giveUpAfter?: number;
}

/**
 * The Kafka adapter of the bus (design §5): CloudEvents in binary mode, an idempotent producer under the rules of TopicWriter, consumers that commit after
 * the effect, and a quarantine that is a topic itself, so that a key stays held whichever process goes on with it.
 */
export function openKafkaBus(options: KafkaBusOptions): Bus {
  const kafka = openKafka(options);
  const admin = new AdminLine(kafka);
  const publishing = openPublishing(options, kafka, admin);
  const subscriptions = new Map<SubscribeOptions, readonly Consumer[]>();
  const own = new WaitingRecords();
  let lastOwnId = 0n;
  let opened: QuarantineLog | undefined;

  const quarantine = (): QuarantineLog =>
    (opened ??= new QuarantineLog({
      ...options,
      kafka,
      admin,
      topic: topicName(options, topics.quarantine),
      groupId: () => `${groupName(options, 'waiting', topics.quarantine)}.${randomUUID()}`,
      publish: (records) => publishing.send(records),
    }));
  const shelf = (group: string, topic: Topic) =>
    isOwn(topic)
      ? memoryShelf({
          group,
          topic,
          waiting: own,
          nextId: () => (lastOwnId -= 1n),
          tell: (records) => void publishing.send(records).catch((error: unknown) => options.onTrouble?.(error)),
        })
      : quarantine().shelf({ group, topic });

  return {
    publish: async (records, signal) => {
      for (const record of records) checkSendable(record);
      await publishing.send(records.map(asSent), signal);
    },
    subscribe: async (subscription): Promise<Subscription> => {
      const open = (topic: Topic) => openConsumer(options, subscription, topic, { kafka, admin, shelf: shelf(subscription.group, topic) });
      const consumers = subscription.topics.map(open);
      subscriptions.set(subscription, consumers);
      await Promise.all(consumers.map(({ begun }) => begun));
      return {
        caughtUp: async () => void (await Promise.all(consumers.map((consumer) => consumer.caughtUp()))),
        stop: async () => {
          subscriptions.delete(subscription);
          await Promise.all(consumers.map((consumer) => consumer.stop()));
        },
      };
    },
    quarantined: async (group) => {
      await quarantine().current();
      return [...quarantine().waiting.list(group), ...own.list(group)];
    },
    retry: async (group, key) => {
      const mine = [...subscriptions].filter(([one]) => one.group === group).flatMap(([, consumers]) => consumers);
      if (mine.length === 0) throw new Error(`no subscription of group ${group} here`);
      await Promise.all(mine.map((consumer) => consumer.retry(key)));
    },
    drop: async (id) => {
      if (id < 0n ? !own.get(id) : !(await inQuarantine(quarantine(), id))) throw new RangeError('nothing in quarantine has that id');
      if (id < 0n) own.remove(id);
      else await quarantine().mark({ type: 'quarantine.dropped', entry: id });
    },
    close: async () => {
      await Promise.all([...subscriptions.values()].flat().map((consumer) => consumer.stop()));
      subscriptions.clear();
      await Promise.all([publishing.close(), opened?.stop()]);
      await admin.close();
    },
  };
}

const asSent = (record: BusRecord): BusRecord => (record.topic === topics.quarantine ? asQuarantinedBySender(record) : record);

async function inQuarantine(log: QuarantineLog, id: bigint): Promise<boolean> {
  await log.current();
  return log.waiting.get(id) !== undefined;
}
