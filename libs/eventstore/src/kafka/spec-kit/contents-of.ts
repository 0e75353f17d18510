import { randomUUID } from 'node:crypto';
import type { Topic } from '@chancery/events';
import { waitFor } from '@chancery/testing';
import type { KafkaMessage } from 'kafkajs';
import type { BusRecord } from '../../bus.js';
import { AdminLine } from '../admin-line.js';
import { decodeCloudEvent } from '../cloud-event.js';
import { type KafkaConnection, openKafka, topicName } from '../connection.js';
import { readBack } from '../read-back.js';

/** Everything that lies on a topic now, doubles included, each partition in its order; asks again while a broker is just starting. */
export const contentsOf = (connection: KafkaConnection, topic: string): Promise<KafkaMessage[]> =>
  waitFor(() => lookOnce(connection, topic), { timeout: 30_000, every: 250 });

async function lookOnce(connection: KafkaConnection, topic: string): Promise<KafkaMessage[]> {
  const kafka = openKafka(connection);
  const admin = new AdminLine(kafka);
  const name = topicName(connection, topic);
  const messages: KafkaMessage[] = [];
  try {
    const ranges = new Map([...(await admin.ends(name))].map(([partition, end]) => [partition, { from: 0n, end }]));
    await readBack({
      kafka,
      topic: name,
      groupId: randomUUID(),
      ranges,
      onMessage: (message) => void messages.push(message),
      signal: AbortSignal.timeout(30_000),
    });
    return messages;
  } finally {
    await admin.close();
  }
}

/** The same as records of the bus. */
export const recordsOn = async (connection: KafkaConnection, topic: Topic, issuer: string): Promise<BusRecord[]> =>
  (await contentsOf(connection, topic)).map((message) => decodeCloudEvent(topic, message, issuer));
