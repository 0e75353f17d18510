import { randomUUID } from 'node:crypto';
import { encodeEvent, topics } from '@chancery/events';
import { seededRandom, startKafka, startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus, BusRecord } from '../bus.js';
import type { KafkaConnection } from './connection.js';
import { openKafkaBus } from './open-kafka-bus.js';
import { createTopics } from './topics.js';
import { loadTopology } from './topology.js';

const kafka = await startKafka({ own: true });
const keys = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'];

/** The `n`th record of a key. */
function numbered(key: string, n: number): BusRecord {
  const refused = { service: 'token', endpoint: '/token', reason: 'a_reason', error: 'invalid_client', status: 401 } as const;
  const { type, version, data } = encodeEvent({ type: 'activity.refused', ...refused, requestId: `${key}-${n}` });
  return { topic: topics.activity, key, id: randomUUID(), source: 'main/token/1', type, version, subject: key, time: n, data };
}

/** Publishes pages of each key's next records, one page after the other, until it is told to stop. */
async function publishPages(bus: Bus, size: number, enough: () => boolean): Promise<BusRecord[]> {
  const sent: BusRecord[] = [];
  for (let n = 0; !enough(); n += size) {
    const page = Array.from({ length: size }, (_, step) => keys.map((key) => numbered(key, n + step))).flat();
    await bus.publish(page);
    sent.push(...page);
  }
  return sent;
}

/** A consumer whose effect is done once for each id: what the contract asks of every consumer. */
async function follow(bus: Bus) {
  const effects: BusRecord[] = [];
  const seen = new Set<string>();
  const handed = { count: 0 };
  const subscription = await bus.subscribe({
    group: randomUUID(),
    topics: [topics.activity],
    handle: (records) => {
      handed.count += records.length;
      for (const record of records) {
        if (seen.has(record.id)) continue;
        seen.add(record.id);
        effects.push(record);
      }
      return Promise.resolve();
    },
  });
  return { effects, handed, subscription };
}

const numbersOf = (records: readonly BusRecord[], key: string) => records.filter((record) => record.key === key).map(({ time }) => time);

/** Everything arrived, for every key in the order it was sent, each effect once. */
function expectAllInOrder(effects: readonly BusRecord[], sent: readonly BusRecord[]): void {
  expect(sent.length).toBeGreaterThan(100);
  expect(effects).toHaveLength(sent.length);
  for (const key of keys) expect(numbersOf(effects, key)).toEqual(numbersOf(sent, key));
}

describe.skipIf(kafka.missing)(`delivery over Kafka${kafka.note}`, () => {
  const opened: { bus: Bus; proxy?: TcpProxy }[] = [];
  const troubles: unknown[] = [];
  let connection: KafkaConnection = { brokers: kafka.brokers, clientId: 'spec' };

  const open = (change: Partial<Parameters<typeof openKafkaBus>[0]> = {}) => {
    const onTrouble = (error: unknown) => void troubles.push(error);
    const bus = openKafkaBus({ ...connection, issuer: 'https://id.example', giveUpAfter: Infinity, onTrouble, ...change });
    opened.push({ bus });
    return bus;
  };
  /** Over a wire of its own. */
  const openWired = async () => {
    const [host = '', port] = kafka.brokers[0]?.split(':') ?? [];
    const proxy = await startTcpProxy({ host, port: Number(port) });
    const bus = open({ reach: () => ({ host: '127.0.0.1', port: proxy.port }) });
    opened.push({ bus, proxy });
    return { bus, proxy };
  };

  beforeAll(() => {
    troubles.length = 0;
  });
  afterAll(async () => {
    await Promise.all(opened.map(async ({ bus, proxy }) => (await bus.close(), proxy?.close())));
    await kafka.stop();
  });

  /** Topics of its own for a test. */
  const freshTopics = async () => {
    connection = { ...connection, prefix: `${randomUUID()}.` };
    await createTopics(connection, loadTopology('development'));
  };

  it('loses nothing and keeps each key’s order while the broker is killed and started again, twice', { timeout: 120_000 }, async () => {
    await freshTopics();
    const { effects, subscription } = await follow(open());
    let over = false;
    const publishing = publishPages(open(), 5, () => over);
    for (let round = 1; round <= 2; round += 1) {
      const before = effects.length;
      await waitFor(() => effects.length > before + 200, { timeout: 60_000 });
      await kafka.kill();
      await kafka.restart();
    }
    const before = effects.length;
    await waitFor(() => effects.length > before + 200, { timeout: 60_000 });
    over = true;
    const sent = await publishing;
    await subscription.caughtUp();
    expectAllInOrder(effects, sent);
    expect(troubles.length).toBeGreaterThan(0);
  });

  it('loses nothing and keeps each key’s order while answers to what was written are dropped', { timeout: 120_000 }, async () => {
    await freshTopics();
    const { effects, subscription } = await follow(open());
    const { bus, proxy } = await openWired();
    const random = seededRandom();
    let dropped = 0;
    let over = false;
    // A Produce answer names the topic, and no broker's address as an answer about the cluster does.
    const topic = `${connection.prefix}${topics.activity}`;
    const written = (bytes: Buffer) => bytes.includes(topic) && !bytes.includes('127.0.0.1') && random.next() < 0.3;
    const dropping = (async () => {
      while (dropped < 25) {
        await proxy.loseAnswer(written);
        dropped += 1;
      }
      over = true;
    })();
    const sent = await publishPages(bus, 5, () => over);
    await dropping;
    await subscription.caughtUp();
    expectAllInOrder(effects, sent);
    expect(dropped).toBe(25);
  });

  it(
    'says in time that it does not know while the broker is away, and takes records again when it is back',
    { timeout: 60_000 },
    async () => {
      await freshTopics();
      const { effects, subscription } = await follow(open());
      const bus = open({ giveUpAfter: 500 });
      const [before, during, after] = [numbered('k0', 1), numbered('k0', 2), numbered('k0', 3)];
      await bus.publish([before]);
      await kafka.kill();
      await expect(bus.publish([during])).rejects.toThrow('in time');
      await kafka.restart();
      await waitFor(() => bus.publish([during]).then(() => true), { timeout: 20_000 });
      await bus.publish([after]);
      await subscription.caughtUp();
      expect(numbersOf(effects, 'k0').filter((n) => n !== 2)).toEqual([1, 3]);
      expect(numbersOf(effects, 'k0')).toContain(2);
    },
  );

  it('stops in time while the broker is away and a record was to be set aside', { timeout: 60_000 }, async () => {
    await freshTopics();
    const bus = open({ retries: [] });
    await bus.publish([numbered('k0', 1)]);
    const called = Promise.withResolvers<void>();
    const handle = async () => {
      await kafka.kill();
      called.resolve();
      throw new Error('no');
    };
    await bus.subscribe({ group: randomUUID(), topics: [topics.activity], handle });
    await called.promise;
    // It has met the broker's absence, and so is past its handler.
    troubles.length = 0;
    await waitFor(() => troubles.length > 0);
    const began = performance.now();
    await bus.close();
    expect(performance.now() - began).toBeLessThan(10_000);
    await kafka.restart();
  });

  it('parts what is larger than a batch may be, and takes a record of the greatest size', { timeout: 60_000 }, async () => {
    await freshTopics();
    const { effects, subscription } = await follow(open());
    const large = (n: number): BusRecord => ({ ...numbered('k0', n), topic: topics.revocations, data: Buffer.alloc(1_048_576, 0x20) });
    const medium = Array.from({ length: 700 }, (_, n) => ({ ...numbered('k1', n), extensions: { note: '€'.repeat(4_000) } }));
    const bus = open();
    await bus.publish([large(1), large(2), ...medium]);
    await subscription.caughtUp();
    expect(numbersOf(effects, 'k1')).toEqual(medium.map(({ time }) => time));
  });
});
