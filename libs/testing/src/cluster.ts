import { randomUUID } from 'node:crypto';
import { Kafka, type KafkaMessage, logLevel, type Message } from 'kafkajs';
import { waitFor } from './wait-for.js';

/** A topic as who holds a broker's credentials sees it: everything can be read, and anything written. */
export interface Cluster {
  /** Everything on a topic now, each partition in its order. */
  contentsOf(topic: string): Promise<readonly KafkaMessage[]>;
  plant(topic: string, ...messages: readonly Message[]): Promise<void>;
}

export function clusterAt(brokers: string): Cluster {
  const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'somebody', logLevel: logLevel.NOTHING });
  return {
    contentsOf: (topic) => waitFor(() => readOnce(kafka, topic), { timeout: 60_000, every: 250 }),
    async plant(topic, ...messages) {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      try {
        await producer.send({ topic, messages: [...messages] });
      } finally {
        await producer.disconnect();
      }
    },
  };
}

/** The message as it was, to be sent again. */
export const asSent = ({ key, value, headers }: KafkaMessage): Message => ({ key, value, headers: headers ?? {} });

async function readOnce(kafka: Kafka, topic: string): Promise<KafkaMessage[]> {
  const left = await endsOf(kafka, topic);
  const messages: KafkaMessage[] = [];
  if (left.size === 0) return messages;
  const consumer = kafka.consumer({ groupId: randomUUID(), allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  const done = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (BigInt(lastOffset) + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
    if (left.size === 0) done.resolve();
  });
  const late = setTimeout(() => done.reject(new Error(`${topic} could not be read in time`)), 20_000);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: ({ message }) => Promise.resolve(void messages.push(message)) });
    await done.promise;
    return messages;
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
  }
}

/** The offset behind the last message of each partition that has any. */
async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.filter(({ low, high }) => BigInt(low) < BigInt(high)).map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}
