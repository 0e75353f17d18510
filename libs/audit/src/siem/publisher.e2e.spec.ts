import { randomUUID } from 'node:crypto';
import { createTopics, type KafkaConnection, loadTopology, openSiemTopic } from '@chancery/eventstore/kafka';
import { silentLog } from '@chancery/platform';
import { freshDatabase, startKafka, waitFor } from '@chancery/testing';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { appendEntries } from '../log/append-entries.js';
import { headWatch } from '../log/head-watch.js';
import { lastPosition } from '../log/read-log.js';
import { auditDatabase } from '../spec-kit/database.js';
import { positionOf } from '../spec-kit/memory-siem-topic.js';
import { issued, messageOf } from '../spec-kit/records.js';
import { readSiemCheckpoint } from './checkpoint.js';
import { openPublisher } from './publisher.js';
import type { SiemRecord, SiemTopic } from './siem-topic.js';

const kafka = await startKafka({ own: true });

/** A log whose records go to a real topic, and what reached it: `cut` takes the part of a page that does, and then ends the term. */
async function world() {
  const connection: KafkaConnection = { brokers: kafka.brokers, clientId: 'audit', prefix: `${randomUUID()}.` };
  const { topics } = loadTopology('development');
  await createTopics(connection, { topics: topics.filter(({ name }) => name === 'chancery.siem.ocsf') });
  const url = await auditDatabase(await freshDatabase());
  const dataSource = await openAuditDatabase({ url, connections: 4 });
  const arrived: bigint[] = [];
  const state: { cut?: (records: readonly SiemRecord[]) => readonly SiemRecord[] } = {};
  const open = (): SiemTopic => {
    const topic = openSiemTopic(connection);
    return {
      ...topic,
      async publish(records, signal) {
        const { cut } = state;
        delete state.cut;
        const some = cut ? cut(records) : records;
        await topic.publish(some, signal);
        arrived.push(...some.map(positionOf));
        if (cut) throw new Error('killed');
      },
    };
  };
  const watch = headWatch(() => lastPosition(dataSource, 'main'));
  const publisher = openPublisher({ url, open, dataSource, tenant: 'main', watch, log: silentLog, gather: 20, retryAfter: 50 });
  onTestFinished(async () => {
    await publisher.end();
    await dataSource.destroy();
  });
  let grants = 0;
  return {
    state,
    arrived: () => arrived.toSorted((a, b) => Number(a - b)),
    checkpoint: () => readSiemCheckpoint(dataSource, 'main'),
    async issue(count: number) {
      const messages = Array.from({ length: count }, () => {
        const grantId = `gr_${++grants}`;
        return messageOf(issued({ grantId, jti: `tk_${grants}`, agentId: `ag_${grants % 17}` }), {
          source: `main/grant/${grantId}`,
          sequence: 1,
        });
      });
      await appendEntries(dataSource, messages);
    },
    async onTopic() {
      const topic = openSiemTopic(connection);
      const positions = await topic.written(0n);
      await topic.close();
      return [...positions].toSorted((a, b) => Number(a - b));
    },
  };
}

const upTo = (count: number): bigint[] => Array.from({ length: count }, (_, n) => BigInt(n + 1));

describe.skipIf(kafka.missing)(`the topic for SIEMs on Kafka${kafka.note}`, () => {
  afterAll(() => kafka.stop());

  it('has every issuance once, although its publisher was killed with a part of a page on some partitions', async () => {
    const { state, arrived, checkpoint, issue, onTopic } = await world();
    await issue(300);
    await waitFor(async () => (await checkpoint()) === 300, { timeout: 30_000 });
    state.cut = (records) => records.filter(({ key }) => Number(key.slice(3)) % 3 !== 0);
    await issue(500);
    await waitFor(async () => (await checkpoint()) === 800, { timeout: 30_000 });
    expect([arrived(), await onTopic()]).toEqual([upTo(800), upTo(800)]);
    expect(state.cut).toBeUndefined();
  }, 90_000);

  it('has them, too, when the broker was away meanwhile', async () => {
    const { arrived, checkpoint, issue, onTopic } = await world();
    await issue(50);
    await waitFor(async () => (await checkpoint()) === 50, { timeout: 30_000 });
    await kafka.kill();
    for (let round = 0; round < 5; round++) await issue(50);
    expect(await checkpoint()).toBe(50);
    await kafka.restart();
    await waitFor(async () => (await checkpoint()) === 300, { timeout: 60_000 });
    expect([arrived(), await onTopic()]).toEqual([upTo(300), upTo(300)]);
  }, 120_000);
});
