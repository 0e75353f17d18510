import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSources, runProcess, temporaryFolder } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DataFolderHeldError, hold, holdDataFolder, successorOf } from './hold.js';
import { startOf } from './process-table.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function folder(): string {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  return path;
}

/** A process that does nothing but live. */
async function bystander() {
  const script = join(folder(), 'bystander.mjs');
  writeFileSync(script, `console.log('alive'); setInterval(() => {}, 1000);`);
  const running = runProcess(script);
  ends.push(() => running.kill('SIGKILL'));
  await running.line('alive');
  return running;
}

const claimOf = (pid: number, start: string | undefined) => JSON.stringify({ pid, start, id: 'somebody' });

describe('a data folder', () => {
  it('has one holder, whom a second one hears named', () => {
    const dir = folder();
    const held = holdDataFolder(dir);
    expect(() => holdDataFolder(dir)).toThrow(DataFolderHeldError);
    expect(() => holdDataFolder(dir)).toThrow(`process ${process.pid}`);
    held.release();
    holdDataFolder(dir).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is made when missing', () => {
    const dir = join(folder(), 'new', 'folder');
    holdDataFolder(dir).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('stays with another process while that runs, and is taken over when it was killed', async () => {
    const dir = folder();
    const other = await bystander();
    writeFileSync(join(dir, 'chancery.lock'), claimOf(other.pid, startOf(other.pid)));
    expect(() => holdDataFolder(dir)).toThrow(`process ${other.pid}`);
    await other.kill('SIGKILL');
    holdDataFolder(dir);
    expect(JSON.parse(readFileSync(join(dir, 'chancery.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(dir)).toEqual(['chancery.lock']);
  });

  it('is taken over when the holder’s process id means another process now', async () => {
    const dir = folder();
    const other = await bystander();
    writeFileSync(join(dir, 'chancery.lock'), claimOf(other.pid, 'an earlier boot/1'));
    expect(() => holdDataFolder(dir)).not.toThrow();
  });

  it.each(['', '{"pid":', '{"pid":-1,"start":"x"}', '[]', 'null'])('is taken over when a crash left %j for a claim', (claim) => {
    const dir = folder();
    writeFileSync(join(dir, 'chancery.lock'), claim);
    expect(() => holdDataFolder(dir)).not.toThrow();
  });

  it('is not taken from a holder who came after the claim that was judged', () => {
    const path = join(folder(), 'chancery.lock');
    const first = hold(path);
    const theirs = readFileSync(path, 'utf8').replace(/"id":"[^"]+"/, '"id":"another"');
    writeFileSync(path, theirs);
    first.release();
    expect(readFileSync(path, 'utf8')).toBe(theirs);
  });

  it('is left to whoever is already taking a stale claim over', async () => {
    const path = join(folder(), 'chancery.lock');
    const stale = claimOf(1, 'an earlier boot/1');
    const other = await bystander();
    writeFileSync(path, stale);
    writeFileSync(successorOf(path, stale), claimOf(other.pid, startOf(other.pid)));
    expect(() => hold(path)).toThrow(`process ${other.pid}`);
    expect(readFileSync(path, 'utf8')).toBe(stale);
  });

  it('goes to one of many who find the same stale claim at once', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'chancery.lock'), claimOf(1, 'an earlier boot/1'));
    const script = join(folder(), 'rival.ts');
    writeFileSync(
      script,
      `import { holdDataFolder } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
       const until = Number(process.argv[3]);
       while (Date.now() < until);
       try { holdDataFolder(process.argv[2]); console.log('won'); setInterval(() => {}, 1000); } catch (error) { console.log(error.name); }`,
    );
    const at = Date.now() + 2_000;
    const rivals = Array.from({ length: 8 }, () => runProcess(script, { nodeArgs: fromSources, args: [dir, String(at)] }));
    ends.push(() => Promise.all(rivals.map((rival) => rival.kill('SIGKILL'))));
    const answers = await Promise.all(rivals.map((rival) => rival.line(/./)));
    expect(answers.toSorted()).toEqual([...Array<string>(7).fill('DataFolderHeldError'), 'won']);
  });
});
