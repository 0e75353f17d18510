import { createSecretKey, randomUUID } from 'node:crypto';
import { encodeEvent, topics, type Topic } from '@chancery/events';
import { Kafka, logLevel, type Message } from 'kafkajs';
import type { Bus, BusAlarm, BusRecord, SubscribeOptions } from '../../bus.js';
import { encodeCloudEvent } from '../cloud-event.js';
import type { KafkaConnection } from '../connection.js';
import type { MacKey, MacKeys } from '../mac.js';
import { type KafkaBusOptions, openKafkaBus } from '../open-kafka-bus.js';
import { createTopics } from '../topics.js';
import { loadTopology } from '../topology.js';

const issuer = 'https://id.example';
export const keyOf = (kid: string): MacKey => ({ kid, key: createSecretKey(Buffer.alloc(32, kid)) });
const macKeys: MacKeys = {
  [topics.registry]: [keyOf('registry')],
  [topics.issuance]: [keyOf('issuance')],
  [topics.activity]: [keyOf('activity')],
  [topics.quarantine]: [keyOf('quarantine')],
};

/** The event of a stream of its own, as the relay publishes it. */
export function revoked(grant: string, sequence = 1): BusRecord {
  const { type, version, data } = encodeEvent({ type: 'grant.revoked', grantId: grant, cause: 'operator', by: 'op_1' });
  const stream = `main/grant/${grant}`;
  return {
    topic: topics.issuance,
    key: stream,
    id: randomUUID(),
    source: stream,
    type,
    version,
    subject: grant,
    time: sequence,
    data,
    sequence,
  };
}

export const asMessage = (record: BusRecord): Message => {
  const { key, value, headers } = encodeCloudEvent(record, issuer);
  return { key, value, headers: { ...headers } };
};

/** Topics of their own on a broker, buses on them, and somebody who holds a broker's credentials without any key. */
export function fromKafka(
  { brokers, stop }: { readonly brokers: readonly string[]; stop(): Promise<void> },
  options: Partial<KafkaBusOptions> = {},
) {
  const buses: Bus[] = [];
  const somebody = new Kafka({ brokers: [...brokers], clientId: 'somebody', logLevel: logLevel.NOTHING });
  const producer = somebody.producer({ allowAutoTopicCreation: false });
  const connection: KafkaConnection = { brokers, clientId: 'spec', prefix: `${randomUUID()}.` };
  return {
    open(change: Partial<KafkaBusOptions> = {}): Bus {
      const bus = openKafkaBus({ ...connection, issuer, macKeys, retries: [], ...options, ...change });
      buses.push(bus);
      return bus;
    },
    async follow(bus: Bus, topic: Topic, change: Partial<SubscribeOptions> = {}) {
      const handled: BusRecord[] = [];
      const alarms: BusAlarm[] = [];
      const group = randomUUID();
      const handle = (records: readonly BusRecord[]) => Promise.resolve(void handled.push(...records));
      const subscription = await bus.subscribe({ group, topics: [topic], handle, onAlarm: (alarm) => alarms.push(alarm), ...change });
      return { group, subscription, handled, alarms };
    },
    plant: (topic: Topic, ...messages: Message[]) => producer.send({ topic: `${connection.prefix}${topic}`, messages }),
    async start(): Promise<void> {
      await createTopics(connection, loadTopology('development'));
      await producer.connect();
    },
    async closeBuses(): Promise<void> {
      await Promise.all(buses.splice(0).map((bus) => bus.close()));
    },
    async stop(): Promise<void> {
      await producer.disconnect();
      await stop();
    },
  };
}
