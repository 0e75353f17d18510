import { randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { encodeEvent, topics } from '@chancery/events';
import { expectNoSecret, startKafka, waitFor } from '@chancery/testing';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, KafkaJSAggregateError, ResourcePatternTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { checkAcls, createAcls } from './acls.js';
import { withAdmin } from './admin-line.js';
import { groupName, type KafkaConnection, openKafka } from './connection.js';
import { isRefusal } from './is-refusal.js';
import { openKafkaBus } from './open-kafka-bus.js';
import { openSiemTopic } from './open-siem-topic.js';
import { checkTopics, createTopics } from './topics.js';
import { loadTopology } from './topology.js';

const topology = loadTopology('development');
const principals = Object.keys(topology.principals);
const users = Object.fromEntries(['admin', 'svc-stranger', ...principals].map((name) => [name, randomBytes(16).toString('hex')]));
const kafka = await startKafka({ users });

describe.skipIf(kafka.missing)(`rights on Kafka${kafka.note}`, () => {
  const as = (username: string): KafkaConnection => ({
    brokers: kafka.brokers,
    clientId: username.replace('svc-', ''),
    sasl: { username, password: users[username] ?? '' },
  });
  const everyTopic = topology.topics.map(({ name }) => name);

  beforeAll(async () => {
    await createTopics(as('admin'), topology);
    await createAcls(as('admin'), topology);
    // A new broker's first group waits until the topic of offsets is made.
    await waitFor(() => mayUseGroup(as('admin'), 'first'));
  });
  afterAll(() => kafka.stop());

  /** The topics of these that somebody may do this with. */
  const allowed = async (attempt: (topic: string) => Promise<unknown>): Promise<string[]> => {
    const outcomes = await Promise.all(
      everyTopic.map(async (topic) => {
        try {
          await attempt(topic);
          return topic;
        } catch (error) {
          if (isRefused(error)) return [];
          throw error;
        }
      }),
    );
    return outcomes.flat();
  };

  describe.each([...principals, 'svc-stranger'])('%s', (name) => {
    const rights = topology.principals[name] ?? { read: [], write: [], groups: [] };

    it('writes what it is declared to write, and nothing else', async () => {
      const written = await allowed((topic) => writeSomething(as(name), topic));
      expect(written.toSorted()).toEqual([...rights.write].toSorted());
    });

    it('reads what it is declared to read, and nothing else', async () => {
      const read = await allowed((topic) => readSomething(as(name), topic));
      expect(read.toSorted()).toEqual([...rights.read].toSorted());
    });

    it('joins groups of its own, and nobody else’s', async () => {
      const groups = ['chancery.gateway.x', 'chancery.audit.x', 'chancery.token.x', 'other'];
      const joined = await Promise.all(groups.map(async (groupId) => ((await mayUseGroup(as(name), groupId)) ? groupId : [])));
      expect(joined.flat()).toEqual(rights.groups.map((prefix) => `${prefix}x`));
    });

    it('makes, deletes and alters nothing', async () => {
      const attempts = await withAdmin(as(name), (admin) =>
        Promise.all(
          [
            admin.createTopics({ topics: [{ topic: `chancery.${randomUUID()}` }] }),
            admin.deleteTopics({ topics: [topics.revocations] }),
            admin.alterConfigs({
              validateOnly: false,
              resources: [{ type: 2, name: topics.revocations, configEntries: [{ name: 'cleanup.policy', value: 'delete' }] }],
            }),
          ].map((attempt) => attempt.then(() => 'done', refusedOrElse)),
        ),
      );
      expect(attempts).toEqual(['refused', 'refused', 'refused']);
    });

    it('sees its own topics’ settings, for the check at start', async () => {
      await expect(checkTopics(as(name), topology, [...rights.read, ...rights.write])).resolves.toBeUndefined();
    });
  });

  it('lets the audit service write for security teams, and read back what it wrote', async () => {
    const topic = openSiemTopic(as('svc-audit'));
    const record = { key: 'a1', value: Buffer.from('{}'), headers: { position: '7' } };
    await topic.publish([record]);
    expect(await topic.written(6n)).toEqual(new Set([7n]));
    await topic.close();
  });

  describe('the rights of a cluster', () => {
    it('are as declared when they were given', async () => {
      await expect(checkAcls(as('admin'), topology)).resolves.toBeUndefined();
    });

    it('have drifted when one is missing and one is nobody’s', async () => {
      const lacking = { principals: { ...topology.principals, 'svc-new': { write: [topics.activity], read: [], groups: [] } } };
      await expect(checkAcls(as('admin'), lacking)).rejects.toMatchObject({
        lines: [
          'User:svc-new: ALLOW WRITE on TOPIC chancery.activity: is missing',
          'User:svc-new: ALLOW DESCRIBE_CONFIGS on TOPIC chancery.activity: is missing',
        ],
      });
      const everything = {
        principal: 'User:svc-stranger',
        host: '*',
        operation: AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: AclResourceTypes.TOPIC,
        resourceName: '*',
        resourcePatternType: ResourcePatternTypes.LITERAL,
      };
      await withAdmin(as('admin'), (admin) => admin.createAcls({ acl: [everything] }));
      await expect(checkAcls(as('admin'), topology)).rejects.toMatchObject({
        lines: ['User:svc-stranger: ALLOW ALL on TOPIC *: nobody declared it'],
      });
    });
  });

  describe('a bus under its own principal', () => {
    it('carries activity from a service to audit, and quarantines there', async () => {
      const { type, version, data } = encodeEvent({
        type: 'activity.refused',
        service: 'token',
        endpoint: '/token',
        requestId: 'r1',
        reason: 'a_reason',
        error: 'invalid_client',
        status: 401,
      });
      const record: BusRecord = {
        topic: topics.activity,
        key: 'ag_1',
        id: randomUUID(),
        source: 'main/token/1',
        type,
        version,
        subject: 'ag_1',
        time: 1,
        data,
      };
      const [service, audit] = [as('svc-token'), as('svc-audit')].map((connection) =>
        // Refused at once, or this would wait for ever.
        openKafkaBus({ ...connection, issuer: 'https://id.example', retries: [], giveUpAfter: Infinity }),
      );
      if (!service || !audit) throw new Error('both are opened');
      await service.publish([record]);
      const subscription = await audit.subscribe({
        group: 'audit',
        topics: [topics.activity],
        handle: () => Promise.reject(new Error('no')),
      });
      await subscription.caughtUp();
      expect((await audit.quarantined('audit')).map(({ record: { id } }) => id)).toContain(record.id);
      await expect(service.publish([{ ...record, topic: topics.revocations }])).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await Promise.all([service.close(), audit.close()]);
    });

    it('is not let in with another’s password', async () => {
      const password = users['svc-audit'] ?? '';
      const troubles: string[] = [];
      const onTrouble = (error: unknown) => void troubles.push(inspect(error));
      const wrong = { ...as('svc-token'), sasl: { username: 'svc-token', password }, onTrouble };
      const refused = await withAdmin(wrong, (admin) => admin.listTopics()).catch((error: unknown) => error);
      expect(isRefusal(refused)).toBe(true);
      expect(troubles.length).toBeGreaterThan(0);
      expectNoSecret([...troubles, inspect(refused)].join('\n'), { password }, 'what a failed login says');
    });
  });
});

/** Of a group that is not its own a client hears that there is no coordinator; of several topics it hears about each. */
const isRefused = (error: unknown): boolean =>
  isRefusal(error) ||
  (error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound') ||
  (error instanceof KafkaJSAggregateError && error.errors.every((one) => isRefusal(one)));

const refusedOrElse = (error: unknown): unknown => (isRefused(error) ? 'refused' : error);

/** One producer for each topic, as the bus has: one that asks for a topic it may not see hears nothing of others. */
async function writeSomething(connection: KafkaConnection, topic: string): Promise<void> {
  const producer = openKafka(connection).producer({ idempotent: true, allowAutoTopicCreation: false, retry: { retries: 3 } });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'k', value: '{}' }] });
  } finally {
    await producer.disconnect();
  }
}

/** Reads under the first group it may use, or any: that of a topic it may not read is refused before. */
async function readSomething(connection: KafkaConnection, topic: string): Promise<void> {
  const consumer = openKafka(connection).consumer({
    groupId: groupName(connection, randomUUID(), topic),
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 1, restartOnFailure: () => Promise.resolve(false) },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.on(consumer.events.FETCH, () => resolve());
      consumer.run({ eachMessage: () => Promise.resolve() }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}

async function mayUseGroup(connection: KafkaConnection, groupId: string): Promise<boolean> {
  try {
    await withAdmin(connection, (admin) => admin.fetchOffsets({ groupId }));
    return true;
  } catch {
    return false;
  }
}
