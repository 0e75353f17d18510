import { appendFileSync, chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from '@chancery/eventstore';
import { type LogFields, silentLog } from '@chancery/platform';
import { temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activity, moodyBus, type MoodyBus, numbersOf, spoolFiles, spoolText, upTo } from '../spec-kit/spooling.js';
import { SpoolUnusable } from './hold-folder.js';
import { openSpool, type Spool, type SpoolOptions } from './spool.js';

const ends: (() => unknown)[] = [];
let folder = '';
let bus: MoodyBus;
let errors: [LogFields, string][] = [];
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  folder = path;
  bus = moodyBus('away');
  errors = [];
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const log = { ...silentLog, error: (fields: LogFields, message: string) => void errors.push([fields, message]) };

async function open(change: Partial<SpoolOptions> = {}): Promise<Spool> {
  const retries = { first: 1, most: 5 };
  const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 1_048_576, log, patience: 20, retries, ...change });
  ends.push(() => spool.stop());
  await spool.start();
  return spool;
}

/** Leaves these on the disk. */
async function left(numbers: readonly number[], change: Partial<SpoolOptions> = {}): Promise<string> {
  const spool = await open(change);
  for (const number of numbers) await spool.publish([activity(number)], 'spool');
  await spool.stop();
  return spoolFiles(folder, change.gateway).at(-1) ?? '';
}

/** What arrives after the next start. */
async function drained(change: Partial<SpoolOptions> = {}): Promise<number[]> {
  bus.mood = 'up';
  const spool = await open(change);
  await waitFor(() => spool.state() === 'direct');
  return numbersOf(bus.arrived);
}

describe('what an earlier run left in the spool', () => {
  it('arrives before anything new, in its order', async () => {
    await left(upTo(5));
    const spool = await open();
    expect(spool.state()).toBe('spooling');
    expect(spool.held().records).toBe(5);
    await spool.publish([activity(6)], 'spool');
    await spool.stop();
    const third = await open();
    bus.mood = 'up';
    await third.publish([activity(7)], 'spool');
    await waitFor(() => third.state() === 'direct');
    expect(numbersOf(bus.arrived)).toEqual(upTo(7));
    await waitFor(() => spoolFiles(folder).length === 0);
  });

  it('ends before the line that a crash cut short, and what is added later is whole', async () => {
    const name = await left(upTo(3));
    const line = spoolText(folder, name).subarray(0, 100);
    appendFileSync(join(folder, 'gateway-gw-1', name), line);
    expect(await drained()).toEqual([1, 2, 3]);
    expect(errors).toEqual([]);
  });

  it('lacks a line that the disk changed, which is said aloud, and no other', async () => {
    const name = await left(upTo(5));
    const text = spoolText(folder, name);
    const second = text.indexOf('\n') + 1;
    const changed = Buffer.from(text);
    changed[second + 30] = (changed[second + 30] ?? 0) ^ 1;
    writeFileSync(join(folder, 'gateway-gw-1', name), changed);
    expect(await drained()).toEqual([1, 3, 4, 5]);
    expect(errors).toEqual([[{ name: 'gw-1', count: 1 }, 'records in the spool were damaged and are lost']]);
  });

  it('is nothing where the crash came before the first line', async () => {
    const name = await left([1]);
    writeFileSync(join(folder, 'gateway-gw-1', name), '');
    const spool = await open();
    expect([spool.state(), spoolFiles(folder)]).toEqual(['direct', []]);
  });

  it('may be longer than a page, line by line and as a whole', async () => {
    const spool = await open({ maxBytes: 8 * 1_048_576 });
    const long = activity(1, JSON.stringify('x'.repeat(700_000)));
    await spool.publish([long], 'spool');
    await Promise.all(upTo(3_000, 2).map((number) => spool.publish([activity(number)], 'spool')));
    await spool.stop();
    expect(await drained({ maxBytes: 8 * 1_048_576 })).toEqual(upTo(3_000));
    expect(Buffer.from(bus.arrived[0]?.data ?? []).equals(long.data)).toBe(true);
  });
});

describe('the folder of a spool', () => {
  it('is closed to others, and so is every file in it', async () => {
    mkdirSync(join(folder, 'gateway-gw-1'), { mode: 0o755 });
    chmodSync(join(folder, 'gateway-gw-1'), 0o755);
    await left([1]);
    expect(statSync(join(folder, 'gateway-gw-1')).mode & 0o777).toBe(0o700);
    const names = readdirSync(join(folder, 'gateway-gw-1'));
    expect(names.toSorted()).toEqual(['000000000001.spool', 'lock']);
    for (const name of names) expect(statSync(join(folder, 'gateway-gw-1', name)).mode & 0o777).toBe(0o600);
  });

  it('is one gateway’s at a time, until it stops', async () => {
    const spool = await open();
    await expect(open()).rejects.toThrow(SpoolUnusable);
    await spool.stop();
    await open();
  });

  it('is never shared by two gateways, however they are called', async () => {
    await left([1], { gateway: 'gw-1' });
    await left([2], { gateway: 'gw-2' });
    await left([3], { gateway: '..' });
    expect(readdirSync(folder).toSorted()).toEqual(['gateway-..', 'gateway-gw-1', 'gateway-gw-2']);
    expect(await drained({ gateway: 'gw-2' })).toEqual([2]);
  });

  it('that cannot be made stops the start', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(open({ folder: join(folder, 'file') })).rejects.toThrow(SpoolUnusable);
  });

  it('that cannot be written to refuses records, once aloud, and takes them again when it can', async () => {
    const spool = await open();
    rmSync(join(folder, 'gateway-gw-1'), { recursive: true });
    for (const number of [1, 2]) await expect(spool.publish([activity(number)], 'spool')).rejects.toThrow(StoreUnavailable);
    expect(errors.map(([, message]) => message)).toEqual(['the spool cannot be written to']);
    expect([spool.state(), spool.held()]).toEqual(['direct', { bytes: 0, records: 0 }]);
    mkdirSync(join(folder, 'gateway-gw-1'));
    await spool.publish([activity(3)], 'spool');
    bus.mood = 'up';
    await waitFor(() => spool.state() === 'direct');
    expect(numbersOf(bus.arrived)).toEqual([3]);
  });
});
