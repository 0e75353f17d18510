import { randomUUID } from 'node:crypto';
import type { ChanceryEvent } from '@chancery/events';
import { type Log, type LogFields, silentLog } from '@chancery/platform';
import { freshDatabase, waitFor } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { appendEntries } from '../log/append-entries.js';
import { headWatch } from '../log/head-watch.js';
import { lastPosition } from '../log/read-log.js';
import { auditService } from '../spec-kit/audit-service.js';
import { auditDatabase } from '../spec-kit/database.js';
import { memorySiemTopic, ocsfIn, positionOf } from '../spec-kit/memory-siem-topic.js';
import { ocsfProblems } from '../spec-kit/ocsf-schema.js';
import { allowed, exchanged, issued, messageOf, recordOf } from '../spec-kit/records.js';
import { moveSiemCheckpoint, readSiemCheckpoint } from './checkpoint.js';
import { openPublisher, type Publisher } from './publisher.js';

/** A log, a topic, and publishers between them. */
async function world() {
  const url = await freshDatabase();
  const service = await auditDatabase(url);
  const dataSource = await openAuditDatabase({ url: service, connections: 6 });
  const owner = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  const topic = memorySiemTopic();
  const logged: { level: string; fields: LogFields }[] = [];
  const log: Log = {
    ...silentLog,
    warn: (fields) => void logged.push({ level: 'warn', fields }),
    error: (fields) => void logged.push({ level: 'error', fields }),
  };
  const publishers: Publisher[] = [];
  onTestFinished(async () => {
    topic.onPublish = () => {
      throw new Error('the spec is over');
    };
    await Promise.all(publishers.map((publisher) => publisher.end()));
    await dataSource.destroy();
    await owner.destroy();
  });
  let grants = 0;
  return {
    dataSource,
    owner,
    topic,
    logged,
    start() {
      const watch = headWatch(() => lastPosition(dataSource, 'main'));
      const options = { url: service, open: topic.open, dataSource, tenant: 'main', watch, log, gather: 5, retryAfter: 20 };
      publishers.push(openPublisher(options));
      return publishers.at(-1) as Publisher;
    },
    append: (...events: readonly ChanceryEvent[]) =>
      appendEntries(
        dataSource,
        events.map((event, index) => messageOf(event, sourceOf(event, index))),
      ),
    /** So many issuances, each between two records of activity. */
    async issue(count: number) {
      const messages = Array.from({ length: count }, () => {
        const grantId = `gr_${++grants}`;
        const event = issued({ grantId, jti: `tk_${grants}`, agentId: `ag_${grants % 7}` });
        return [messageOf(allowed(grants)), messageOf(event, { source: `main/grant/${grantId}`, sequence: 1 })];
      });
      await appendEntries(dataSource, messages.flat());
    },
    checkpoint: () => readSiemCheckpoint(dataSource, 'main'),
    positions: () => topic.records.map(positionOf),
    jtis: () => topic.records.map((record) => (ocsfIn(record)['authentication_token'] as { uid: string }).uid),
    /** As when its machine is gone: nothing more is done, and the server notices that the connection is. */
    killLead: () =>
      owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'chancery leader siem'`,
      ),
  };
}

const sourceOf = (event: ChanceryEvent, index: number) =>
  'grantId' in event
    ? { source: `main/grant/${event.grantId}`, sequence: event.type === 'grant.revoked' ? 2 : 1 }
    : { source: `main/agent/${String(index)}`, sequence: 1 };

const jtis = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `tk_${from + n}`);

describe('what SIEMs are told', () => {
  it('is every issuance and every revocation of the log, in its order, and nothing else', async () => {
    const { append, start, topic, positions, checkpoint } = await world();
    start();
    await append(
      issued(),
      exchanged,
      { type: 'iat.closed', iatId: 'it_1', reason: 'r', by: 'op_1' },
      { type: 'grant.revoked', grantId: 'gr_2', cause: 'operator', reason: 'stolen', by: 'op_1' },
      { type: 'agent.revoked', agentId: 'ag_1', reason: 'r', by: 'op_1' },
      { type: 'key.revoked', purpose: 'access-token', kid: 'k1', reason: 'r', by: 'op_1' },
    );
    await waitFor(async () => (await checkpoint()) === 6);
    expect(positions()).toEqual([1n, 2n, 4n, 5n, 6n]);
    expect(topic.records.map(({ key }) => key)).toEqual(['ag_1', 'ag_2', 'ag_2', 'ag_1', 'k1']);
    const records = topic.records.map(ocsfIn);
    expect(records.flatMap(ocsfProblems)).toEqual([]);
    expect(records.map(({ type_uid: type }) => type)).toEqual([300204, 300204, 300502, 300502, 300502]);
    // What ended is told from how it began.
    expect(records[2]).toMatchObject({
      user: { uid: 'ag_3' },
      privileges: ['demo:read'],
      unmapped: { grant_id: 'gr_2', roll: { position: 4 } },
    });
  });

  it('of an event has its own time and the time it was logged, in milliseconds, and its id', async () => {
    const { dataSource, owner, start, topic } = await world();
    const id = randomUUID();
    const message = messageOf(issued(), { source: 'main/grant/gr_1', sequence: 1, id, time: 1_790_000_000_123_999 });
    await appendEntries(dataSource, [message]);
    await owner.query("UPDATE audit.log_entry SET logged_at = '2026-09-21T14:13:21.456999Z'");
    start();
    await waitFor(() => topic.records.length === 1);
    expect(topic.records.map(ocsfIn)[0]).toMatchObject({
      time: 1_790_000_000_123,
      metadata: { uid: id, logged_time: 1_790_000_001_456, sequence: 1, correlation_uid: 'tx_1' },
    });
  });

  it('begins with the first entry of a log that was there before', async () => {
    const { issue, start, jtis: told } = await world();
    for (let batch = 0; batch < 6; batch++) await issue(500);
    start();
    await waitFor(() => told().length === 3_000);
    expect(told()).toEqual(jtis(1, 3_000));
  });

  it('skips long stretches of activity without reading them as pages of their own', async () => {
    const { dataSource, issue, start, topic, jtis: told, checkpoint } = await world();
    await issue(1);
    for (let batch = 0; batch < 5; batch++)
      await appendEntries(
        dataSource,
        Array.from({ length: 5_000 }, (_, n) => messageOf(allowed(10_000 * (batch + 1) + n))),
      );
    await issue(1);
    start();
    await waitFor(async () => (await checkpoint()) === 25_004);
    expect([told(), topic.pages()]).toEqual([jtis(1, 2), 2]);
  });
});

describe('a publisher for SIEMs', () => {
  it('that is killed between publishing and its checkpoint doubles nothing and loses nothing', async () => {
    const { issue, start, topic, jtis: told, checkpoint, killLead } = await world();
    await issue(10);
    let killed = false;
    topic.onPublish = async (records, write) => {
      // Half of the page reaches the broker, then the machine is gone. Partitions are independent, so any half may be the one.
      if (killed) return write(records);
      write(records.filter((_, index) => index % 2 === 0));
      killed = true;
      await killLead();
      await new Promise(() => undefined);
    };
    start();
    start();
    await waitFor(async () => (await checkpoint()) === 20);
    await issue(5);
    await waitFor(async () => (await checkpoint()) === 30);
    expect(killed).toBe(true);
    expect(told().toSorted()).toEqual(jtis(1, 15).toSorted());
  });

  it('whose page is durable but whose checkpoint is not moved goes on behind the page', async () => {
    const { issue, owner, start, jtis: told, checkpoint } = await world();
    await issue(10);
    const first = start();
    await waitFor(async () => (await checkpoint()) === 20);
    await first.end();
    await owner.query('UPDATE audit.siem_checkpoint SET position = 8');
    await issue(1);
    start();
    await waitFor(async () => (await checkpoint()) === 22);
    expect(told()).toEqual(jtis(1, 11));
  });

  it('tries again after an answer that did not come, and asks first what is there', async () => {
    const { issue, start, topic, jtis: told, checkpoint, logged } = await world();
    await issue(10);
    let failures = 0;
    topic.onPublish = (records, write) => {
      if (failures++ > 2) return write(records);
      write(records.slice(0, 2));
      throw new Error('the broker did not answer');
    };
    start();
    await waitFor(async () => (await checkpoint()) === 20);
    expect(told()).toEqual(jtis(1, 10));
    expect(logged.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
  });

  it('is one of all that run', async () => {
    const { issue, start, topic, jtis: told, checkpoint } = await world();
    let together = 0;
    let most = 0;
    topic.onPublish = async (records, write) => {
      most = Math.max(most, ++together);
      await new Promise((resolve) => setImmediate(resolve));
      write(records);
      together -= 1;
    };
    for (let each = 0; each < 3; each++) start();
    for (let round = 1; round <= 10; round++) await issue(20);
    await waitFor(async () => (await checkpoint()) === 400);
    expect([most, told().length]).toEqual([1, 200]);
    expect(told()).toEqual(jtis(1, 200));
  });

  it('ends with its page published, while another goes on', async () => {
    const { issue, start, topic, jtis: told, checkpoint } = await world();
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    topic.onPublish = async (records, write) => {
      arrived.resolve();
      await release.promise;
      write(records);
    };
    const first = start();
    await issue(3);
    await arrived.promise;
    const ended = first.end();
    start();
    release.resolve();
    await ended;
    expect(await checkpoint()).toBeGreaterThan(0);
    await issue(3);
    await waitFor(async () => (await checkpoint()) === 12);
    expect(told()).toEqual(jtis(1, 6));
  });

  it('does not hold the log up while the cluster is away, nor the service’s stop', async () => {
    const { issue, start, topic, checkpoint } = await world();
    const arrived = Promise.withResolvers<void>();
    topic.onPublish = () => {
      arrived.resolve();
      return new Promise(() => undefined);
    };
    const publisher = start();
    await issue(1);
    await arrived.promise;
    await issue(100);
    const began = performance.now();
    await publisher.end();
    expect(performance.now() - began).toBeLessThan(9_000);
    expect(await checkpoint()).toBe(0);
  });

  it('stands still before an entry that it cannot read, alarms, and skips nothing (EVT-04)', async () => {
    const { issue, owner, start, jtis: told, checkpoint, logged } = await world();
    await issue(5);
    await owner.query('UPDATE audit.log_entry SET version = 99 WHERE position = 6');
    start();
    await waitFor(() => logged.some(({ level }) => level === 'error'));
    expect([told(), await checkpoint()]).toEqual([jtis(1, 2), 5]);
    expect(logged.map(({ fields: { reason, position, topic } }) => [reason, position, topic])).toEqual([
      ['siem_stopped', '6', 'chancery.siem.ocsf'],
    ]);
  });

  it('moves its checkpoint only from where its page began', async () => {
    const { dataSource, checkpoint } = await world();
    await moveSiemCheckpoint(dataSource, 'main', { from: 0, to: 10 });
    await expect(moveSiemCheckpoint(dataSource, 'main', { from: 0, to: 12 })).rejects.toThrow('another publisher');
    await expect(moveSiemCheckpoint(dataSource, 'main', { from: 9, to: 12 })).rejects.toThrow('another publisher');
    expect(await checkpoint()).toBe(10);
  });

  it('runs with the service, and ends with it', async () => {
    const topic = memorySiemTopic();
    const { bus } = await auditService({ siem: { open: topic.open } });
    const event = issued();
    await bus.publish([recordOf(event, { topic: 'chancery.activity', key: 'main/grant/gr_1', source: 'main/grant/gr_1', sequence: 1 })]);
    await waitFor(() => topic.records.length === 1);
    expect(topic.records.map(({ key }) => key)).toEqual(['ag_1']);
  });

  it.each(['DELETE FROM audit.siem_checkpoint', 'TRUNCATE audit.siem_checkpoint', "UPDATE audit.siem_checkpoint SET tenant = 'x'"])(
    'has no right to %s',
    async (statement) => {
      const { dataSource } = await world();
      await expect(dataSource.query(statement)).rejects.toThrow('permission denied');
    },
  );
});
