import { randomUUID } from 'node:crypto';
import { startKafka } from '@chancery/testing';
import { ConfigResourceTypes } from 'kafkajs';
import { afterAll, describe, expect, it } from 'vitest';
import { withAdmin } from './admin-line.js';
import type { KafkaConnection } from './connection.js';
import { checkTopics, createTopics } from './topics.js';
import { loadTopology } from './topology.js';

const kafka = await startKafka();
const development = loadTopology('development');

describe.skipIf(kafka.missing)(`topics on Kafka${kafka.note}`, () => {
  const fresh = (): KafkaConnection => ({ brokers: kafka.brokers, clientId: 'spec', prefix: `${randomUUID()}.` });
  /** A broker hears of a change a moment later, so this is polled. */
  const driftOf = (connection: KafkaConnection) => checkTopics(connection, development).catch((error: unknown) => error);
  afterAll(() => kafka.stop());

  describe('the topics of a cluster', () => {
    it('are right when they were created, and creating them again changes nothing', async () => {
      const connection = fresh();
      await createTopics(connection, development);
      await createTopics(connection, development);
      await expect(checkTopics(connection, development)).resolves.toBeUndefined();
    });

    it('are looked at as far as somebody uses them', async () => {
      const connection = fresh();
      await createTopics(connection, { topics: development.topics.filter(({ name }) => name === 'chancery.activity') });
      await expect(checkTopics(connection, development, ['chancery.activity'])).resolves.toBeUndefined();
      await expect(checkTopics(connection, development)).rejects.toThrow(`${connection.prefix}chancery.registry: is missing`);
    });

    it('have drifted when a setting is another, which is named', async () => {
      const connection = fresh();
      await createTopics(connection, development);
      const name = `${connection.prefix}chancery.revocations`;
      const configEntries = [{ name: 'cleanup.policy', value: 'delete' }];
      await withAdmin(connection, (admin) =>
        admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }] }),
      );
      await expect
        .poll(() => driftOf(connection))
        .toMatchObject({
          name: 'TopologyDrift',
          lines: expect.arrayContaining([`${name}: cleanup.policy is delete, not compact,delete`]) as string[],
        });
    });

    it('have drifted when partitions were added, for that moves keys', async () => {
      const connection = fresh();
      await createTopics(connection, development);
      const topic = `${connection.prefix}chancery.activity`;
      await withAdmin(connection, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] }));
      await expect.poll(() => driftOf(connection)).toMatchObject({ lines: [`${topic}: partitions is 5, not 3`] });
    });

    it('of a single broker are not those of production', async () => {
      const connection = fresh();
      await createTopics(connection, development);
      await expect(checkTopics(connection, loadTopology('production'))).rejects.toMatchObject({
        lines: expect.arrayContaining([
          `${connection.prefix}chancery.issuance: replication factor is 1, not 3`,
          `${connection.prefix}chancery.issuance: min.insync.replicas is 1, not 2`,
        ]) as string[],
      });
    });
  });
});
