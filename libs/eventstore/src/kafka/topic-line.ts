import type { Kafka } from 'kafkajs';
import { within } from '../within.js';
import type { AdminLine } from './admin-line.js';
import type { KafkaRecord } from './cloud-event.js';
import { Publisher } from './publisher.js';
import { TopicWriter } from './topic-writer.js';

/** What is sent to one topic, in the order it came. */
export interface TopicLine {
  /** Resolves when all are durable. Throws StoreUnavailable when that is not known. */
  publish(records: readonly KafkaRecord[], signal?: AbortSignal): Promise<void>;
  /** What is on its way has two seconds to get there. */
  close(): Promise<void>;
}

export interface TopicLineOptions {
  /** Milliseconds until `publish` says that it does not know; 10 000 unless told. */
  readonly giveUpAfter?: number;
  /** See TopicWriter. */
  missing?(records: readonly KafkaRecord[]): Promise<readonly KafkaRecord[]>;
  onTrouble?(error: unknown): void;
}

export function openTopicLine(
  { giveUpAfter = 10_000, missing, onTrouble }: TopicLineOptions,
  { kafka, admin, topic }: { kafka: Kafka; admin: AdminLine; topic: string },
): TopicLine {
  const writer = new TopicWriter({
    kafka,
    topic,
    partitions: () => admin.partitions(topic),
    ...(missing && { missing }),
    ...(onTrouble && { onTrouble }),
  });
  const publisher = new Publisher({ write: (records, signal) => writer.write(records, signal), giveUpAfter });
  return {
    publish: (records, signal) => publisher.publish(records, signal),
    async close() {
      await within(2_000, publisher.settled());
      await writer.close();
    },
  };
}
