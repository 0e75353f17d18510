import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expectNoSecret, temporaryFolder } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DataFolderHeldError } from './hold.js';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './start-embedded-postgres.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: join(folder(), 'postgres'), volatile: true, ...options });
  ends.push(() => server.stop());
  return server;
}

function folder(): string {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  return path;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('runs with every durable setting on, and checksums, unless told to be volatile', async () => {
    const { url } = await start({ volatile: false });
    const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums'];
    expect(await Promise.all(settings.map((name) => ask(url, `show ${name}`)))).toEqual(['on', 'on', 'on', 'on']);
    const volatile = await start();
    expect(await ask(volatile.url, 'show fsync')).toBe('off');
  });

  it('logs no statement and no row', async () => {
    const { url } = await start();
    expect([await ask(url, 'show log_min_error_statement'), await ask(url, 'show log_error_verbosity')]).toEqual(['panic', 'terse']);
  });

  it('takes settings of the caller’s own', async () => {
    const { url } = await start({ settings: { max_connections: '17' } });
    expect(await ask(url, 'show max_connections')).toBe('17');
  });

  it('keeps its data from one start to the next', async () => {
    const dataDir = join(folder(), 'postgres');
    const first = await start({ dataDir });
    await ask(first.url, 'create table kept as select 42 as n');
    await first.stop();
    expect(await ask((await start({ dataDir })).url, 'select n from kept')).toBe(42);
  });

  it('asks for the generated password, which only its owner can read', async () => {
    const dataDir = join(folder(), 'postgres');
    const { url } = await start({ dataDir, auth: 'scram-sha-256' });
    expect(await ask(url, 'select 1')).toBe(1);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    expect(statSync(`${dataDir}.password`).mode & 0o777).toBe(0o600);
  });

  it('takes its password back at the next start, and names the file when that is gone', async () => {
    const dataDir = join(folder(), 'postgres');
    const first = await start({ dataDir, auth: 'scram-sha-256' });
    await first.stop();
    const again = await start({ dataDir, auth: 'scram-sha-256' });
    expect(new URL(again.url).password).toBe(new URL(first.url).password);
    await again.stop();
    rmSync(`${dataDir}.password`);
    await expect(start({ dataDir, auth: 'scram-sha-256' })).rejects.toThrow(`${dataDir}.password`);
  });

  it('shows no password, and nothing of our environment, among the arguments and environment of its processes', async () => {
    const { url, pid } = await start({ auth: 'scram-sha-256' });
    const environ = readFileSync(`/proc/${pid()}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(environ.toSorted()).toEqual(['LC_ALL=C', 'TZ=UTC']);
    expectNoSecret(readFileSync(`/proc/${pid()}/cmdline`), { password: new URL(url).password }, 'the process table');
  });

  it('begins anew where a kill left a half-made cluster', async () => {
    const dataDir = join(folder(), 'postgres');
    mkdirSync(`${dataDir}.new`);
    writeFileSync(join(`${dataDir}.new`, 'PG_VERSION'), '18');
    expect(await ask((await start({ dataDir })).url, 'select 1')).toBe(1);
    expect(existsSync(`${dataDir}.new`)).toBe(false);
  });

  it('refuses a folder that holds something else, and leaves it as it was', async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'letter.txt'), 'mine');
    await expect(start({ dataDir })).rejects.toThrow(`${dataDir} holds something that is no PostgreSQL data`);
    expect(readdirSync(dataDir)).toEqual(['letter.txt']);
  });

  it('refuses a second start on the same data, naming the process that holds it', async () => {
    const dataDir = join(folder(), 'postgres');
    const { url } = await start({ dataDir });
    const second = start({ dataDir });
    await expect(second).rejects.toThrow(DataFolderHeldError);
    await expect(second).rejects.toThrow(String(process.pid));
    expect(await ask(url, 'select 1')).toBe(1);
  });
});
