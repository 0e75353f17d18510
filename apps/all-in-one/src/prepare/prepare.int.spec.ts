import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkTopics, loadTopology } from '@chancery/eventstore/kafka';
import { Opened, serviceNames, silentLog } from '@chancery/platform';
import { loadPrepareConfig, openSecrets } from '@chancery/platform/composed';
import { freshDatabase, startKafka, temporaryFolder } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { prepare } from './prepare.js';

const kafka = await startKafka();

async function connect(url: string): Promise<DataSource> {
  const connected = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  onTestFinished(() => connected.destroy());
  return connected;
}

/** A database, a part of a cluster and a folder of its own, and a run of `prepare` over them. */
async function world() {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const [databaseUrl, prefix] = [await freshDatabase(), `${randomUUID()}.`];
  const run = async (issuer = 'http://127.0.0.1:4400', signal = new AbortController().signal) => {
    const config = loadPrepareConfig({
      CHANCERY_DATA: folder.path,
      CHANCERY_ISSUER: issuer,
      CHANCERY_DATABASE_URL: databaseUrl,
      CHANCERY_KAFKA: kafka.brokers.join(','),
      CHANCERY_KAFKA_TLS: 'off',
      CHANCERY_KAFKA_TOPOLOGY: 'development',
      CHANCERY_KAFKA_PREFIX: prefix,
      CHANCERY_CONNECTIONS: '1',
      CHANCERY_LANES: '1',
    });
    const opened = new Opened();
    try {
      return await prepare({ config, log: silentLog, notice: () => undefined, opened, signal });
    } finally {
      await opened.close(silentLog);
    }
  };
  const owner = await connect(databaseUrl);
  /** All that a run may have left, for comparison. */
  const left = async () => {
    const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return {
      files: Object.fromEntries(
        files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')]),
      ),
      events: await owner.query('SELECT position, stream, revision, id FROM es.event ORDER BY position'),
      sealed: await owner.query('SELECT purpose, kid, sealed FROM keyring.sealed_key ORDER BY purpose, kid'),
    };
  };
  const check = () => checkTopics({ brokers: kafka.brokers, clientId: 'spec', prefix }, loadTopology('development'));
  return { folder: folder.path, run, left, check };
}

describe.skipIf(kafka.missing)(`preparing for five services${kafka.note}`, () => {
  afterAll(() => kafka.stop());

  it('makes all they find when they start, and running it again changes nothing', async () => {
    const { folder, run, left, check } = await world();
    const prepared = await run();
    expect(prepared).toEqual({
      issuer: 'http://127.0.0.1:4400',
      operator: join(folder, 'operator.json'),
      secrets: join(folder, 'services'),
    });
    await check();
    const before = await left();
    expect(before.events.length).toBeGreaterThan(0);
    expect(before.files).toHaveProperty([prepared.operator]);

    expect(await run()).toEqual(prepared);
    await check();
    expect(await left()).toEqual(before);
  });

  it('gives each service a login of its own role', async () => {
    const { folder, run } = await world();
    await run();
    const secretsOf = (service: string) => openSecrets(join(folder, 'services', service));
    for (const service of serviceNames.filter((name) => name !== 'gateway')) {
      const connected = await connect(secretsOf(service).databaseUrl());
      expect(await connected.query('SELECT current_user AS role')).toEqual([{ role: `chancery_${service}` }]);
    }
    const relay = await connect(secretsOf('token').databaseUrl('relay-database-url'));
    expect(await relay.query('SELECT current_user AS role')).toEqual([{ role: 'chancery_relay' }]);
  });

  it('refuses an issuer that the database was not made for, and leaves everything as it was', async () => {
    const { run, left } = await world();
    await run();
    const before = await left();
    await expect(run('http://127.0.0.1:4499')).rejects.toThrow('this data was made for the issuer http://127.0.0.1:4400');
    expect(await left()).toEqual(before);
  });

  it('ends at its next step when it is told to, and can be run again', async () => {
    const { run, check } = await world();
    await expect(run(undefined, AbortSignal.abort())).rejects.toThrow('aborted');
    await expect(check()).rejects.toThrow('is missing');
    await run();
    await check();
  });
});
