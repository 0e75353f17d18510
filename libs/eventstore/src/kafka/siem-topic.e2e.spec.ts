import { randomUUID } from 'node:crypto';
import { siemTopic } from '@chancery/events';
import { seededRandom, startKafka, startTcpProxy } from '@chancery/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaConnection } from './connection.js';
import { openSiemTopic, type SiemRecord, type SiemTopic } from './open-siem-topic.js';
import { contentsOf } from './spec-kit/contents-of.js';
import { createTopics } from './topics.js';
import { loadTopology } from './topology.js';

const kafka = await startKafka({ own: true });
const keys = ['a0', 'a1', 'a2', 'a3', 'a4'];

/** The record of a position; several keys take turns. */
const record = (position: number, key = keys[position % keys.length] ?? ''): SiemRecord => ({
  key,
  value: Buffer.from(`{"n":${position}}`),
  headers: { position: String(position), 'content-type': 'application/json' },
});
const records = (from: number, to: number, key?: string) => Array.from({ length: to - from + 1 }, (_, n) => record(from + n, key));
const numbers = (positions: ReadonlySet<bigint>) => [...positions].map(Number).toSorted((a, b) => a - b);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe.skipIf(kafka.missing)(`the topic for security teams${kafka.note}`, () => {
  const closing: (() => Promise<unknown>)[] = [];
  let connection: KafkaConnection;

  const open = (change: Partial<KafkaConnection> = {}): SiemTopic => {
    const topic = openSiemTopic({ ...connection, ...change });
    closing.push(() => topic.close());
    return topic;
  };
  /** What is there, by key, in order. */
  const positionsByKey = async () => {
    const contents = await contentsOf(connection, siemTopic);
    return Object.fromEntries(
      keys.map((key) => [
        key,
        contents.filter((one) => String(one.key) === key).map(({ headers }) => Number(headers?.['position']?.toString())),
      ]),
    );
  };
  /** Each position once, for every key in order. */
  const expectOnce = async (through: number) => {
    const expected = keys.map((key) => [key, records(1, through).flatMap((one, n) => (one.key === key ? [n + 1] : []))]);
    expect(await positionsByKey()).toEqual(Object.fromEntries(expected));
  };

  beforeEach(async () => {
    connection = { brokers: kafka.brokers, clientId: 'audit', prefix: `${randomUUID()}.` };
    await createTopics(connection, loadTopology('development'));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(() => kafka.stop());

  it('takes records byte for byte with their headers, in order for every key', { timeout: 60_000 }, async () => {
    const topic = open();
    await topic.publish(records(1, 20));
    await topic.publish(records(21, 40));
    await expectOnce(40);
    const [first] = (await contentsOf(connection, siemTopic)).filter(({ headers }) => headers?.['position']?.toString() === '7');
    expect(first?.value?.toString()).toBe('{"n":7}');
    expect(first?.headers?.['content-type']?.toString()).toBe('application/json');
  });

  it('knows what is on it behind a position: of nothing nothing, and all, some or none of what is there', { timeout: 60_000 }, async () => {
    const topic = open();
    expect(await topic.written(0n)).toEqual(new Set());
    await topic.publish(records(1, 30));
    expect(numbers(await topic.written(0n))).toEqual(range(1, 30));
    expect(numbers(await topic.written(20n))).toEqual(range(21, 30));
    expect(await topic.written(30n)).toEqual(new Set());
    await topic.publish([{ key: 'a0', value: Buffer.from('{}') }, { ...record(31), headers: { position: 'x' } }, record(32)]);
    expect(numbers(await topic.written(25n))).toEqual([...range(26, 30), 32]);
  });

  it('reads back as far as it has to, and not to the beginning', { timeout: 60_000 }, async () => {
    const topic = open();
    await topic.publish(records(1, 1_500, 'a0'));
    await topic.publish(records(1_501, 9_000, 'a0'));
    expect(numbers(await topic.written(8_990n))).toEqual(range(8_991, 9_000));
    expect(numbers(await topic.written(3_000n))).toEqual(range(3_001, 9_000));
    expect((await topic.written(0n)).size).toBe(9_000);
  });

  it('holds each position once after kills between page and checkpoint, whatever of the page was there', { timeout: 120_000 }, async () => {
    const random = seededRandom();
    let checkpoint = 0;
    for (let kill = 0; kill < 8; kill += 1) {
      const topic = openSiemTopic(connection);
      const page = records(checkpoint + 1, checkpoint + 40);
      const there = await topic.written(BigInt(checkpoint));
      const missing = page.filter((_, n) => !there.has(BigInt(checkpoint + 1 + n)));
      // Partitions of a page are written side by side: what a kill leaves is the beginning of some of them.
      const left = keys.flatMap((key) => {
        const lane = missing.filter((one) => one.key === key);
        return lane.slice(0, Math.floor(random.next() * (lane.length + 1)));
      });
      await topic.publish(left);
      await topic.close();
      if (kill % 2 === 0) continue;
      const next = openSiemTopic(connection);
      const written = await next.written(BigInt(checkpoint));
      await next.publish(page.filter((_, n) => !written.has(BigInt(checkpoint + 1 + n))));
      await next.close();
      checkpoint += 40;
    }
    expect(checkpoint).toBe(160);
    await expectOnce(checkpoint);
  });

  it(
    'holds each position once although answers were dropped and the publisher was cut off in the middle',
    { timeout: 120_000 },
    async () => {
      const [host = '', port] = kafka.brokers[0]?.split(':') ?? [];
      const proxy = await startTcpProxy({ host, port: Number(port) });
      closing.push(() => proxy.close());
      const name = `${connection.prefix}${siemTopic}`;
      const through = (topic: SiemTopic, checkpoint: number, signal?: AbortSignal) =>
        topic.written(BigInt(checkpoint)).then((written) =>
          topic.publish(
            records(checkpoint + 1, checkpoint + 60).filter((_, n) => !written.has(BigInt(checkpoint + 1 + n))),
            signal,
          ),
        );
      for (let round = 0; round < 4; round += 1) {
        const cut = new AbortController();
        const topic = open({ reach: () => ({ host: '127.0.0.1', port: proxy.port }) });
        // A Produce answer names the topic, and no broker's address as an answer about the cluster does; offsets and batches of a reader come before.
        const warm = await topic.written(BigInt(round * 60));
        expect(warm.size).toBe(0);
        const lost = proxy.loseAnswer((bytes) => bytes.includes(name) && !bytes.includes('127.0.0.1') && bytes.length < 400);
        const publishing = topic.publish(records(round * 60 + 1, round * 60 + 60), cut.signal).catch((error: unknown) => error);
        await lost;
        cut.abort();
        await publishing;
        await through(open(), round * 60);
      }
      await expectOnce(240);
    },
  );

  it(
    'waits for a broker that is away, to publish and to read back, and sends nothing for who left meanwhile',
    { timeout: 60_000 },
    async () => {
      const topic = open();
      await topic.publish(records(1, 10));
      await kafka.kill();
      const leaving = new AbortController();
      const gone = topic.publish(records(11, 20), leaving.signal).catch((error: unknown) => error);
      const written = topic.written(5n);
      leaving.abort();
      expect(await gone).toBeInstanceOf(Error);
      const later = topic.publish(records(21, 25));
      await kafka.restart();
      await later;
      // It may have been answered before what was published meanwhile, or after.
      expect(numbers(await written).filter((position) => position <= 20)).toEqual(range(6, 10));
      expect(numbers(await topic.written(5n))).toEqual([...range(6, 10), ...range(21, 25)]);
    },
  );

  it('ends what waits when it is closed', { timeout: 60_000 }, async () => {
    const topic = open();
    await topic.publish(records(1, 3));
    await kafka.kill();
    const outcomes = [topic.publish(records(4, 6)), topic.written(0n)].map((one) => one.catch((error: unknown) => error));
    const began = performance.now();
    await topic.close();
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(await Promise.all(outcomes)).toEqual([expect.any(Error), expect.any(Error)]);
    await kafka.restart();
    await expectOnce(3);
  });
});
