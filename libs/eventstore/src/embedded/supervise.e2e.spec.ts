import { join } from 'node:path';
import pg from 'pg';
import { temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { workersIn } from './process-table.js';
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

describe('a PostgreSQL that dies', () => {
  it('is back within 3 s of a kill -9, at the same address with what was committed, while clients are connected', async () => {
    const exits: unknown[] = [];
    let restarts = 0;
    const server = await start({ volatile: false, onExit: (exit) => exits.push(exit), onRestart: () => restarts++ });
    await ask(server.url, 'create table kept as select 7 as n');
    const busy = ask(server.url, 'select pg_sleep(60)').catch((error: unknown) => error);
    await waitFor(
      async () => (await ask(server.url, `select count(*)::int from pg_stat_activity where query = 'select pg_sleep(60)'`)) === 1,
    );
    const died = server.pid();
    const at = performance.now();
    process.kill(died, 'SIGKILL');
    expect(await waitFor(() => ask(server.url, 'select n from kept'), { timeout: 3_000, every: 10 })).toBe(7);
    expect(performance.now() - at).toBeLessThan(3_000);
    expect(await busy).toBeInstanceOf(Error);
    await waitFor(() => restarts === 1);
    expect(exits).toEqual([{ code: null, signal: 'SIGKILL' }]);
    expect(server.pid()).not.toBe(died);
  });

  it('is back though one of its children is busy and does not notice', async () => {
    const server = await start();
    const spinning = ask(server.url, `do $$ begin loop end loop; end $$`).catch((error: unknown) => error);
    await waitFor(async () => (await ask(server.url, `select count(*)::int from pg_stat_activity where query like 'do $$%'`)) === 1);
    process.kill(server.pid(), 'SIGKILL');
    expect(await waitFor(() => ask(server.url, 'select 1'), { timeout: 3_000, every: 10 })).toBe(1);
    expect(await spinning).toBeInstanceOf(Error);
  });

  it('is back every time it dies', async () => {
    const server = await start();
    for (let round = 0; round < 4; round++) {
      const died = server.pid();
      process.kill(died, 'SIGKILL');
      await waitFor(() => server.pid() !== died && ask(server.url, 'select 1'), { timeout: 3_000, every: 10 });
    }
  });

  it('stays down once it was stopped', async () => {
    let restarts = 0;
    const server = await start({ onRestart: () => restarts++ });
    await server.stop();
    expect(workersIn(server.dataDir)).toEqual([]);
    await expect(ask(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(restarts).toBe(0);
  });
});

describe('stopping PostgreSQL', () => {
  it('ends within 5 s though the server hears nothing', async () => {
    const server = await start();
    process.kill(server.pid(), 'SIGSTOP');
    const at = performance.now();
    await server.stop();
    expect(performance.now() - at).toBeLessThan(5_000);
  });

  it('ends at once while it is being started again', async () => {
    let stopped: Promise<void> | undefined;
    const server: EmbeddedPostgres = await start({
      onExit: () => {
        stopped = server.stop();
      },
    });
    process.kill(server.pid(), 'SIGKILL');
    await waitFor(() => stopped !== undefined);
    await stopped;
    await waitFor(() => workersIn(server.dataDir).length === 0);
  });
});
