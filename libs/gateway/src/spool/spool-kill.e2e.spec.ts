import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@chancery/platform';
import { fromSources, type RunningProcess, runProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moodyBus, numbersOf, upTo } from '../spec-kit/spooling.js';
import { SpoolUnusable } from './hold-folder.js';
import { openSpool, type Spool } from './spool.js';

// This library's sources, over the others as they were built: Node.js strips types only, and cannot run all of theirs.
const nodeArgs = fromSources.filter((arg) => !arg.startsWith('--conditions'));
const script = fileURLToPath(new URL('../spec-kit/spool-writer.ts', import.meta.url));
const ends: (() => unknown)[] = [];
let folder = '';
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  folder = join(path, 'spool');
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function write(first: number): RunningProcess {
  const running = runProcess(script, { nodeArgs, args: [folder, String(first)] });
  ends.push(() => running.kill('SIGKILL'));
  return running;
}

function open(bus = moodyBus()): { spool: Spool; bus: typeof bus } {
  const log = { ...silentLog, error: (_fields: object, message: string) => expect.unreachable(message) };
  const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 64 * 1_048_576, log });
  ends.push(() => spool.stop());
  return { spool, bus };
}

const durable = (running: RunningProcess): number[] =>
  [...running.stdout().matchAll(/^durable (\d+)$/gm)].map(([, number]) => Number(number));

describe('a gateway killed with kill -9 while the bus is away', () => {
  it('loses no record that was promised, doubles none, and keeps their order, over three kills', async () => {
    const promised: number[] = [];
    for (const least of [500, 700, 900]) {
      const running = write(1 + least * 1_000);
      await waitFor(() => durable(running).length >= least);
      await running.kill('SIGKILL');
      promised.push(...durable(running));
    }
    const { spool, bus } = open();
    await spool.start();
    await waitFor(() => spool.state() === 'direct');
    const arrived = numbersOf(bus.arrived);
    const there = new Set(arrived);
    expect(promised.filter((number) => !there.has(number))).toEqual([]);
    expect(arrived).toEqual([...there].toSorted((a, b) => a - b));
    // What nobody was promised was on its way, to the disk or to us.
    expect(arrived.length - promised.length).toBeLessThanOrEqual(3 * 512);
    for (const least of [500, 700, 900]) {
      const ofRun = arrived.filter((number) => Math.floor(number / 1_000) === least);
      expect(ofRun).toEqual(upTo(least * 1_000 + ofRun.length, least * 1_000 + 1));
    }
  });

  it('holds its folder until then, and no longer', async () => {
    const running = write(1);
    await running.line('open');
    await expect(open().spool.start()).rejects.toThrow(SpoolUnusable);
    await running.kill('SIGKILL');
    await open().spool.start();
  });
});
