import { randomUUID } from 'node:crypto';
import { startKafka, startTcpProxy, type TcpProxy } from '@chancery/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeBus } from '../bus-contract/describe-bus.js';
import type { KafkaConnection } from './connection.js';
import { openKafkaBus } from './open-kafka-bus.js';
import { createTopics } from './topics.js';
import { loadTopology } from './topology.js';

const kafka = await startKafka();

describe.skipIf(kafka.missing)(`the contract of the bus${kafka.note}`, () => {
  const proxies: TcpProxy[] = [];
  const connection: KafkaConnection = { brokers: kafka.brokers, clientId: 'spec', prefix: `${randomUUID()}.` };

  beforeAll(async () => {
    // The suite counts what was handed over in one page, so its topic has one partition.
    const { topics } = loadTopology('development');
    await createTopics(connection, { topics: topics.map((topic) => ({ ...topic, partitions: 1 })) });
  });
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await kafka.stop();
  });

  describeBus('Kafka', async ({ retries, sleep }) => {
    const [host = '', port] = kafka.brokers[0]?.split(':') ?? [];
    const proxy = await startTcpProxy({ host, port: Number(port) });
    proxies.push(proxy);
    const reach = () => ({ host: '127.0.0.1', port: proxy.port });
    return { bus: openKafkaBus({ ...connection, reach, issuer: 'https://id.example', retries, sleep }), cutOff: () => proxy.refuse() };
  });
});
