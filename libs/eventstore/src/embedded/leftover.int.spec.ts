import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSources, runProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { running, workersIn } from './process-table.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function folder(): string {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  return path;
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, volatile: true });
  ends.push(() => server.stop());
  return server;
}

/** A Chancery of its own on `dataDir`, to be killed. */
async function parent(dataDir: string) {
  const script = join(folder(), 'parent.ts');
  writeFileSync(
    script,
    `import { startEmbeddedPostgres } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
     const { pid } = await startEmbeddedPostgres({ dataDir: process.argv[2], volatile: true });
     console.log('server ' + pid());
     setInterval(() => {}, 1000);`,
  );
  const owner = runProcess(script, { nodeArgs: fromSources, args: [dataDir] });
  ends.push(() => owner.kill('SIGKILL'));
  return { owner, server: Number((await owner.line('server ')).split(' ')[1]) };
}

describe('a start after a kill -9', () => {
  it('stops the server that was left behind, and serves', async () => {
    const dataDir = join(folder(), 'postgres');
    const killed = await parent(dataDir);
    await killed.owner.kill('SIGKILL');
    expect(running(killed.server)).toBe(true);
    const server = await start(dataDir);
    expect(running(killed.server)).toBe(false);
    expect(server.pid()).not.toBe(killed.server);
  });

  it('ends the children of a server that was killed too', async () => {
    const dataDir = join(folder(), 'postgres');
    const killed = await parent(dataDir);
    const children = workersIn(dataDir).filter((pid) => pid !== killed.server);
    expect(children).not.toEqual([]);
    for (const pid of children) process.kill(pid, 'SIGSTOP'); // they notice nothing
    await killed.owner.kill('SIGKILL');
    process.kill(killed.server, 'SIGKILL');
    await waitFor(() => !running(killed.server));
    await start(dataDir);
    expect(children.filter(running)).toEqual([]);
  });

  it('is not hindered by a lock whose process id means another process now, and leaves that one alone', async () => {
    const dataDir = join(folder(), 'postgres');
    await (await start(dataDir)).stop();
    const other = await start(join(folder(), 'postgres'));
    const lock = readFileSync(join(other.dataDir, 'postmaster.pid'), 'utf8');
    writeFileSync(join(dataDir, 'postmaster.pid'), lock.replace(other.dataDir, dataDir));
    await start(dataDir);
    expect(running(other.pid())).toBe(true);
  });
});
