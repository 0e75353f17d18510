import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAcls, createAcls, type KafkaConnection, loadTopology, TopologyDrift } from '@chancery/eventstore/kafka';
import { Opened, silentLog } from '@chancery/platform';
import { loadPrepareConfig } from '@chancery/platform/composed';
import { freshDatabase, startKafka, temporaryFolder } from '@chancery/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { prepare } from './prepare.js';

const password = randomBytes(16).toString('hex');
const kafka = await startKafka({ users: { admin: password } });

describe.skipIf(kafka.missing)(`preparing on a cluster where everybody logs in${kafka.note}`, () => {
  const folder = temporaryFolder();
  const prefix = `${randomUUID()}.`;
  const sasl = { username: 'admin', password };
  const connection: KafkaConnection = { brokers: kafka.brokers, clientId: 'spec', prefix, sasl };
  const topology = loadTopology('development');
  const run = async (database: string) => {
    const secrets = join(folder.path, 'admin');
    mkdirSync(secrets, { recursive: true });
    writeFileSync(join(secrets, 'kafka.json'), JSON.stringify(sasl));
    const config = loadPrepareConfig({
      CHANCERY_DATA: join(folder.path, 'data'),
      CHANCERY_DATABASE_URL: database,
      CHANCERY_SECRETS: secrets,
      CHANCERY_KAFKA: kafka.brokers.join(','),
      CHANCERY_KAFKA_TLS: 'off',
      CHANCERY_KAFKA_TOPOLOGY: 'development',
      CHANCERY_KAFKA_PREFIX: prefix,
      CHANCERY_CONNECTIONS: '1',
      CHANCERY_LANES: '1',
    });
    const opened = new Opened();
    try {
      await prepare({ config, log: silentLog, notice: () => undefined, opened, signal: new AbortController().signal });
    } finally {
      await opened.close(silentLog);
    }
  };
  afterAll(async () => {
    await kafka.stop();
    folder.remove();
  });

  it('gives each service its rights and no other, and refuses a cluster where somebody has more', async () => {
    const database = await freshDatabase();
    await run(database);
    await checkAcls(connection, topology);
    const more = { principals: { 'svc-stranger': { write: ['chancery.issuance'], read: [], groups: [] } } };
    await createAcls(connection, more);
    const refused = await run(database).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TopologyDrift);
    expect((refused as TopologyDrift).message).toContain(
      `User:svc-stranger: ALLOW WRITE on TOPIC ${prefix}chancery.issuance: nobody declared it`,
    );
  }, 120_000);
});
