import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@chancery/eventstore';
import { createTopics, loadTopology, openKafkaBus } from '@chancery/eventstore/kafka';
import { encodeEvent, topics } from '@chancery/events';
import { silentLog } from '@chancery/platform';
import { startKafka, temporaryFolder, waitFor } from '@chancery/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { activity, numbersOf, spoolFiles, upTo } from '../spec-kit/spooling.js';
import { openSpool } from './spool.js';

const kafka = await startKafka({ own: true });
const folder = temporaryFolder();
const opened: (() => Promise<void>)[] = [];

/** The `n`th record of three agents in turn, such as a consumer can read. */
function call(n: number): BusRecord {
  const { type, version, data } = encodeEvent({
    type: 'activity.allowed',
    gateway: 'gw-1',
    run: 'rn-1',
    number: n,
    requestId: `rq_${n}`,
    method: 'GET',
    path: '/demo/notes',
    decision: 'allowed',
    status: 200,
    source: '127.0.0.1',
  });
  return { ...activity(n), type, version, data };
}

describe.skipIf(kafka.missing)(`a spool in front of Kafka${kafka.note}`, () => {
  const connection = { brokers: kafka.brokers, clientId: 'spec', prefix: `${randomUUID()}.` };
  const open = (giveUpAfter: number): Bus => {
    const bus = openKafkaBus({ ...connection, issuer: 'https://id.example', giveUpAfter });
    opened.push(() => bus.close());
    return bus;
  };
  afterAll(async () => {
    for (const close of opened.toReversed()) await close();
    await kafka.stop();
    folder.remove();
  });

  it(
    'takes every record while the broker is killed and started again, and all arrive, in the order of each agent',
    { timeout: 120_000 },
    async () => {
      await createTopics(connection, loadTopology('development'));
      const arrived = new Map<string, BusRecord>();
      await open(Infinity).subscribe({
        group: randomUUID(),
        topics: [topics.activity],
        handle: (records) => {
          for (const record of records) if (!arrived.has(record.id)) arrived.set(record.id, record);
          return Promise.resolve();
        },
      });
      const spool = openSpool({
        bus: open(1_000),
        gateway: 'gw-1',
        folder: folder.path,
        maxBytes: 16 * 1_048_576,
        log: silentLog,
        patience: 500,
      });
      opened.push(() => spool.stop());
      await spool.start();

      const load = { over: false };
      let sent = 0;
      let longest = 0;
      const calling = (async () => {
        while (!load.over) {
          const began = performance.now();
          await spool.publish([call((sent += 1))], 'spool');
          longest = Math.max(longest, performance.now() - began);
        }
      })();
      await waitFor(() => arrived.size > 100, { timeout: 60_000 });
      await kafka.kill();
      await waitFor(() => spool.held().records > 100, { timeout: 30_000 });
      await kafka.restart();
      // Under load all the while.
      await waitFor(() => spool.state() === 'direct', { timeout: 60_000 });
      load.over = true;
      await calling;
      await waitFor(() => spool.state() === 'direct' && arrived.size === sent, { timeout: 60_000 });

      const records = [...arrived.values()];
      expect(numbersOf(records).toSorted((a, b) => a - b)).toEqual(upTo(sent));
      for (const agent of [0, 1, 2]) {
        expect(numbersOf(records).filter((number) => number % 3 === agent)).toEqual(upTo(sent).filter((number) => number % 3 === agent));
      }
      expect(spoolFiles(folder.path)).toEqual([]);
      // Nobody waited longer than for one bus that says nothing; the rest is this machine's.
      expect(longest).toBeLessThan(10_000);
    },
  );
});
