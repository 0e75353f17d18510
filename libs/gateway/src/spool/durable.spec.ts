import { writeFileSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreUnavailable } from '@chancery/eventstore';
import { silentLog } from '@chancery/platform';
import { temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { activity, moodyBus, numbersOf, spoolFiles, upTo } from '../spec-kit/spooling.js';
import { openSpool } from './spool.js';

let folder = '';
let file: FileHandle;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  folder = path;
  writeFileSync(join(folder, 'any'), '');
  const handle = await openFile(join(folder, 'any'));
  // The methods of every open file, for the disk to fail or to take its time in.
  file = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0).toReversed()) await end();
});

async function openAway() {
  const bus = moodyBus('away');
  const retries = { first: 3_600_000, most: 3_600_000 };
  const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 1_048_576, log: silentLog, retries });
  ends.push(() => spool.stop());
  await spool.start();
  return spool;
}

async function drained(): Promise<number[]> {
  const bus = moodyBus();
  const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 1_048_576, log: silentLog });
  ends.push(() => spool.stop());
  await spool.start();
  await waitFor(() => spool.state() === 'direct');
  return numbersOf(bus.arrived);
}

describe('a record in the spool', () => {
  it('counts as recorded when it is on the disk, not before', async () => {
    const spool = await openAway();
    const reached = Promise.withResolvers<undefined>();
    const disk = Promise.withResolvers<undefined>();
    vi.spyOn(file, 'datasync').mockImplementationOnce(() => {
      reached.resolve(undefined);
      return disk.promise;
    });
    let recorded = false;
    const publishing = spool.publish([activity(1)], 'spool').then(() => (recorded = true));
    await reached.promise;
    await new Promise(setImmediate);
    expect(recorded).toBe(false);
    disk.resolve(undefined);
    await publishing;
    expect(recorded).toBe(true);
  });

  it('shares its fsync with those that came while the disk was busy, and all keep their order', async () => {
    const spool = await openAway();
    const fsync = vi.spyOn(file, 'datasync');
    await Promise.all(upTo(400).map((number) => spool.publish([activity(number)], 'spool')));
    expect(fsync.mock.calls.length).toBeLessThanOrEqual(3);
    await spool.stop();
    expect(await drained()).toEqual(upTo(400));
  });

  it('that the disk did not take is refused, and never arrives; those before and after it do', async () => {
    const spool = await openAway();
    await spool.publish([activity(1)], 'spool');
    vi.spyOn(file, 'datasync').mockRejectedValueOnce(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await expect(spool.publish([activity(2)], 'spool')).rejects.toThrow(StoreUnavailable);
    await spool.publish([activity(3)], 'spool');
    expect(spoolFiles(folder)).toHaveLength(2);
    await spool.stop();
    expect(await drained()).toEqual([1, 3]);
  });

  it('has a file whose name is durable, too', async () => {
    const spool = await openAway();
    vi.spyOn(file, 'sync').mockRejectedValueOnce(Object.assign(new Error('broken'), { code: 'EIO' }));
    await expect(spool.publish([activity(1)], 'spool')).rejects.toThrow(StoreUnavailable);
    await spool.publish([activity(2)], 'spool');
    await spool.stop();
    expect(await drained()).toEqual([2]);
  });
});
