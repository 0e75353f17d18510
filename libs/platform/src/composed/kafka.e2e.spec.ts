import { randomUUID } from 'node:crypto';
import { createTopics, loadTopology } from '@chancery/eventstore/kafka';
import { startKafka } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config.js';
import { type Log, silentLog } from '../logs/log.js';
import { checkOwnTopics, type ServiceBus } from './kafka.js';

const kafka = await startKafka();

describe.skipIf(kafka.missing)(`a service before it starts on a cluster${kafka.note}`, () => {
  const prefix = `${randomUUID()}.`;
  const config = (topology: 'production' | 'development', brokers = kafka.brokers): ServiceBus['config'] => ({
    service: 'audit',
    issuer: 'https://id.example',
    kafka: { brokers, topology, prefix },
    secrets: { kafkaLogin: () => undefined } as unknown as ServiceBus['config']['secrets'],
  });
  beforeAll(() => createTopics({ brokers: kafka.brokers, clientId: 'spec', prefix }, loadTopology('development')), 60_000);
  afterAll(() => kafka.stop());

  it('goes on where the topics are what infra/kafka declares', async () => {
    await expect(checkOwnTopics(config('development'), silentLog)).resolves.toBeUndefined();
  }, 30_000);

  it('stops where they are not, and says which and how (S-174)', async () => {
    const refused = await checkOwnTopics(config('production'), silentLog).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    const { message } = refused as ConfigError;
    expect(message).toMatch(/^CHANCERY_KAFKA: /);
    expect(message).toContain(`${prefix}chancery.issuance: partitions is 3, not 12`);
    expect(message).toContain(`${prefix}chancery.revocations: min.insync.replicas is 1, not 2`);
    expect(message).toContain('replication factor is 1, not 3');
  }, 30_000);

  it('goes on where the cluster is away, and says so: tokens are issued without it', async () => {
    const warned: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, text) => void warned.push(text ?? '') };
    await checkOwnTopics(config('development', ['127.0.0.1:1']), log);
    expect(warned).toContain('the topics could not be checked: the cluster does not answer');
  }, 60_000);
});
