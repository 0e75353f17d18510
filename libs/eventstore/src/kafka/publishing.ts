import { setTimeout as pause } from 'node:timers/promises';
import { topics, type Topic } from '@chancery/events';
import type { Kafka } from 'kafkajs';
import type { BusRecord } from '../bus.js';
import type { AdminLine } from './admin-line.js';
import { encodeCloudEvent } from './cloud-event.js';
import { type KafkaConnection, topicName } from './connection.js';
import { type MacKeys, withMac } from './mac.js';
import { Publisher } from './publisher.js';
import { TopicWriter } from './topic-writer.js';

export interface PublishingOptions extends KafkaConnection {
  readonly issuer: string;
  readonly macKeys?: MacKeys;
  readonly giveUpAfter?: number;
}

/** The sending side: a writer for each topic, so that what waits for one never waits for another. */
export interface Publishing {
  /** Resolves when all are durable. Throws StoreUnavailable when that is not known, and a TypeError for a record that cannot be sent. */
  send(records: readonly BusRecord[]): Promise<void>;
  /** What is on its way has two seconds to get there. */
  close(): Promise<void>;
}

export function openPublishing(options: PublishingOptions, kafka: Kafka, admin: AdminLine): Publishing {
  const lines = new Map<Topic, { writer: TopicWriter; publisher: Publisher }>();
  const lineOf = (topic: Topic) => {
    const open = lines.get(topic) ?? openLine(options, { kafka, admin, topic: topicName(options, topic) });
    lines.set(topic, open);
    return open;
  };
  return {
    async send(records) {
      const encoded = records.map((record) => ({
        topic: record.topic,
        record: encodeCloudEvent(signed(record, options.macKeys), options.issuer),
      }));
      const of = (topic: Topic) => encoded.filter((one) => one.topic === topic).map(({ record }) => record);
      await Promise.all([...new Set(encoded.map(({ topic }) => topic))].map((topic) => lineOf(topic).publisher.publish(of(topic))));
    },
    async close() {
      const enough = new AbortController();
      const sent = Promise.all([...lines.values()].map(({ publisher }) => publisher.settled()));
      await Promise.race([sent, pause(2_000, undefined, { signal: enough.signal }).catch(() => undefined)]);
      enough.abort();
      await Promise.all([...lines.values()].map(({ writer }) => writer.close()));
    },
  };
}

function openLine(
  { giveUpAfter = 10_000, onTrouble }: PublishingOptions,
  { kafka, admin, topic }: { kafka: Kafka; admin: AdminLine; topic: string },
) {
  const writer = new TopicWriter({ kafka, topic, partitions: () => admin.partitions(topic), ...(onTrouble && { onTrouble }) });
  return { writer, publisher: new Publisher({ write: (records) => writer.write(records), giveUpAfter }) };
}

/** Revocations are signed by who publishes them: gateways hold no key that could make one. */
function signed(record: BusRecord, macKeys: MacKeys | undefined): BusRecord {
  if (!macKeys || record.topic === topics.revocations) return record;
  const keys = macKeys[record.topic];
  if (!keys) throw new TypeError(`no MAC key for ${record.topic}`);
  return withMac(record, keys[0]);
}
