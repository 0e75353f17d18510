import { topics, type Topic } from '@chancery/events';
import type { Kafka } from 'kafkajs';
import type { BusRecord } from '../bus.js';
import type { AdminLine } from './admin-line.js';
import { encodeCloudEvent } from './cloud-event.js';
import { type KafkaConnection, topicName } from './connection.js';
import { type MacKeys, withMac } from './mac.js';
import { openTopicLine, type TopicLine } from './topic-line.js';

export interface PublishingOptions extends KafkaConnection {
  readonly issuer: string;
  readonly macKeys?: MacKeys;
  readonly giveUpAfter?: number;
}

/** The sending side: a line for each topic, so that what waits for one never waits for another. */
export interface Publishing {
  /** Resolves when all are durable. Throws StoreUnavailable when that is not known, and a TypeError for a record that cannot be sent. */
  send(records: readonly BusRecord[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function openPublishing(options: PublishingOptions, kafka: Kafka, admin: AdminLine): Publishing {
  const lines = new Map<Topic, TopicLine>();
  const lineOf = (topic: Topic) => {
    const open = lines.get(topic) ?? openTopicLine(options, { kafka, admin, topic: topicName(options, topic) });
    lines.set(topic, open);
    return open;
  };
  return {
    async send(records, signal) {
      const encoded = records.map((record) => ({
        topic: record.topic,
        record: encodeCloudEvent(signed(record, options.macKeys), options.issuer),
      }));
      const of = (topic: Topic) => encoded.filter((one) => one.topic === topic).map(({ record }) => record);
      await Promise.all([...new Set(encoded.map(({ topic }) => topic))].map((topic) => lineOf(topic).publish(of(topic), signal)));
    },
    async close() {
      await Promise.all([...lines.values()].map((line) => line.close()));
    },
  };
}

/** Revocations are signed by who publishes them: gateways hold no key that could make one. */
function signed(record: BusRecord, macKeys: MacKeys | undefined): BusRecord {
  if (!macKeys || record.topic === topics.revocations) return record;
  const keys = macKeys[record.topic];
  if (!keys) throw new TypeError(`no MAC key for ${record.topic}`);
  return withMac(record, keys[0]);
}
