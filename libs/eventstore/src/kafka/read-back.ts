import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';

export interface ReadBackOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Nobody else's: nothing is committed under it. */
  readonly groupId: string;
  /** Where to begin, and the offset to end before, by partition. */
  readonly ranges: ReadonlyMap<number, { readonly from: bigint; readonly end: bigint }>;
  onMessage(message: KafkaMessage, partition: number): void;
  readonly signal: AbortSignal;
}

/** Milliseconds without a message after which the broker is asked by another consumer: kafkajs may have stopped by itself. */
const patience = 15_000;

/** Reads what lies on these parts of a topic, once. @throws what kept it from that */
export async function readBack({ kafka, topic, groupId, ranges, onMessage, signal }: ReadBackOptions): Promise<void> {
  const left = new Map([...ranges].filter(([, { from, end }]) => from < end));
  if (left.size === 0) return;
  const consumer = open(kafka, groupId);
  const done = Promise.withResolvers<void>();
  const heard = { at: performance.now() };
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [partition, { from }] of left) consumer.seek({ topic, partition, offset: String(from) });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    heard.at = performance.now();
    // Of a batch of which nothing is left to hand over only this tells.
    const range = left.get(payload.partition);
    if (range && BigInt(payload.lastOffset) + 1n >= range.end) left.delete(payload.partition);
    if (left.size === 0) done.resolve();
  });
  done.promise.catch(() => undefined);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch: { partition, messages } }) => {
        const range = ranges.get(partition);
        // It may have begun at the beginning before it was told where.
        for (const message of messages) {
          const offset = BigInt(message.offset);
          if (range && offset >= range.from && offset < range.end) onMessage(message, partition);
        }
        return Promise.resolve();
      },
    });
    await Promise.race([done.promise, silence(heard, signal)]);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

const open = (kafka: Kafka, groupId: string): Consumer =>
  kafka.consumer({
    groupId,
    sessionTimeout: 6_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 250,
    minBytes: 1,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8, restartOnFailure: () => Promise.resolve(false) },
  });

async function silence(heard: { readonly at: number }, signal: AbortSignal): Promise<never> {
  while (performance.now() - heard.at < patience) {
    await sleep(250, undefined, { ref: false });
    signal.throwIfAborted();
  }
  throw new Error('the topic could not be read back in time');
}
