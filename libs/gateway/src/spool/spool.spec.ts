import { statSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from '@chancery/eventstore';
import { silentLog } from '@chancery/platform';
import { seededRandom, temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activity, moodyBus, type MoodyBus, numbersOf, spoolFiles, upTo } from '../spec-kit/spooling.js';
import { openSpool, type Spool, type SpoolOptions } from './spool.js';

const ends: (() => unknown)[] = [];
let folder = '';
let bus: MoodyBus;
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  folder = path;
  bus = moodyBus();
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function open(change: Partial<SpoolOptions> = {}): Promise<Spool> {
  const retries = { first: 1, most: 5 };
  const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 1_048_576, log: silentLog, patience: 20, retries, ...change });
  ends.push(() => spool.stop());
  await spool.start();
  return spool;
}

const publish = (spool: Spool, numbers: readonly number[]) =>
  Promise.all(numbers.map((number) => spool.publish([activity(number)], 'spool')));

/** It never takes anything: what waits stays. */
const neverDrained = { retries: { first: 3_600_000, most: 3_600_000 } };

describe('a record of a call', () => {
  it('goes to the bus, and leaves nothing on the disk', async () => {
    const spool = await open();
    await publish(spool, upTo(3));
    expect(numbersOf(bus.arrived)).toEqual([1, 2, 3]);
    expect([spool.state(), spool.held(), spoolFiles(folder)]).toEqual(['direct', { bytes: 0, records: 0 }, []]);
  });

  it('waits on the disk while the bus is away, and arrives unchanged when it is back', async () => {
    const spool = await open();
    bus.mood = 'away';
    const record = activity(1, '{"text":"caf\u00e9 \u0000 \\n"}');
    await spool.publish([record], 'spool');
    expect(spool.state()).toBe('spooling');
    expect(spool.held()).toEqual({ bytes: expect.any(Number) as number, records: 1 });
    expect(spool.held().bytes).toBeGreaterThan(record.data.length);
    expect(spoolFiles(folder)).toHaveLength(1);
    bus.mood = 'up';
    await waitFor(() => spool.state() === 'direct');
    expect(bus.arrived).toEqual([record]);
    expect(spool.held()).toEqual({ bytes: 0, records: 0 });
    await waitFor(() => spoolFiles(folder).length === 0);
  });

  it('does so when the bus says nothing in time, and what it says later doubles the record under its id', async () => {
    const spool = await open();
    bus.mood = 'silent';
    const record = activity(1);
    await spool.publish([record], 'spool');
    expect(spool.state()).toBe('spooling');
    bus.speak();
    await waitFor(() => spool.state() === 'direct');
    expect(bus.arrived.length).toBeGreaterThan(1);
    expect(new Set(bus.arrived.map(({ id }) => id))).toEqual(new Set([record.id]));
  });

  it('keeps its place: those that wait for a silent bus land as they were sent, and those after them land behind', async () => {
    const spool = await open(neverDrained);
    bus.mood = 'silent';
    const aloft = publish(spool, upTo(20));
    // One that the bus refuses at once brings the twenty before it down.
    bus.mood = 'away';
    await publish(spool, [21]);
    await publish(spool, upTo(30, 22));
    await aloft;
    // Nobody but who drains asked the bus again.
    expect(bus.tried.filter(({ length }) => length === 1)).toEqual(upTo(21).map((number) => [number]));
    await spool.stop();
    bus.mood = 'up';
    const next = await open();
    await waitFor(() => next.state() === 'direct');
    expect(numbersOf(bus.arrived)).toEqual(upTo(30));
  });

  it('goes behind what waits, even when the bus is back already', async () => {
    const spool = await open();
    bus.mood = 'away';
    await publish(spool, upTo(50));
    bus.mood = 'up';
    await publish(spool, upTo(100, 51));
    await waitFor(() => spool.state() === 'direct');
    await publish(spool, upTo(110, 101));
    expect(numbersOf(bus.arrived)).toEqual(upTo(110));
  });

  it('that no bus takes is refused, and does not wait for one that would', async () => {
    const spool = await open();
    bus.publish = () => Promise.reject(new TypeError('a record has a key'));
    await expect(spool.publish([activity(1)], 'spool')).rejects.toThrow(TypeError);
    expect(spool.state()).toBe('direct');
  });

  it('is of activity, or has no place on the disk', async () => {
    const spool = await open();
    bus.mood = 'away';
    await expect(spool.publish([{ ...activity(1), topic: 'chancery.revocations' }], 'spool')).rejects.toThrow(TypeError);
    await expect(spool.publish([{ ...activity(1), extensions: { mac: 'x' } }], 'spool')).rejects.toThrow(TypeError);
    expect([spool.state(), spoolFiles(folder)]).toEqual(['direct', []]);
  });
});

describe('records under load, while the bus comes and goes', () => {
  /** @param calm the bus never changes its mind while it is being asked */
  const play = async (calm: boolean): Promise<number> => {
    const random = seededRandom();
    const spool = await open({ maxBytes: 8 * 1_048_576 });
    const sent: Promise<void>[] = [];
    let number = 0;
    for (let turn = 0; turn < 600; turn += 1) {
      if (random.next() < 0.1) {
        if (calm) await Promise.all(sent);
        bus.mood = bus.mood === 'up' ? 'away' : 'up';
      }
      for (let burst = random.int(6); burst > 0; burst -= 1) sent.push(spool.publish([activity(++number)], 'spool'));
      if (random.next() < 0.5) await new Promise(setImmediate);
      if (random.next() < 0.1) await sent.at(-1);
    }
    await Promise.all(sent);
    bus.mood = 'up';
    await waitFor(() => spool.state() === 'direct');
    await waitFor(() => spoolFiles(folder).length === 0);
    return number;
  };

  it('arrive all, each once, in their order', async () => {
    const last = await play(true);
    expect(numbersOf(bus.arrived)).toEqual(upTo(last));
  });

  it('arrive all, though the bus changes its mind while it is being asked', async () => {
    const last = await play(false);
    expect(new Set(numbersOf(bus.arrived))).toEqual(new Set(upTo(last)));
    expect(new Set(bus.arrived.map(({ id }) => id)).size).toBe(last);
  });
});

describe('a record of a route that denies without the bus', () => {
  it('goes to the bus, and nowhere else', async () => {
    const spool = await open();
    await spool.publish([activity(1)], 'deny');
    bus.mood = 'away';
    await expect(spool.publish([activity(2)], 'deny')).rejects.toThrow(StoreUnavailable);
    bus.mood = 'silent';
    await expect(spool.publish([activity(3)], 'deny')).rejects.toThrow(StoreUnavailable);
    expect([numbersOf(bus.arrived), spool.state(), spoolFiles(folder)]).toEqual([[1], 'direct', []]);
  });

  it('is refused while anything waits, without asking the bus', async () => {
    const spool = await open(neverDrained);
    bus.mood = 'away';
    await publish(spool, [1]);
    bus.mood = 'up';
    await expect(spool.publish([activity(2)], 'deny')).rejects.toThrow(StoreUnavailable);
    expect(bus.tried.flat()).not.toContain(2);
  });
});

describe('a spool', () => {
  it('is bounded: what does not fit is refused, and fits again when room was made', async () => {
    const spool = await open({ maxBytes: 131_072 });
    bus.mood = 'away';
    const outcomes = await Promise.allSettled(upTo(800).map((number) => spool.publish([activity(number)], 'spool')));
    const kept = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index + 1] : []));
    expect(kept).toEqual(upTo(kept.length));
    expect(kept.length).toBeGreaterThan(200);
    expect(kept.length).toBeLessThan(800);
    for (const outcome of outcomes.slice(kept.length)) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(StoreUnavailable) as StoreUnavailable });
    }
    expect(spool.state()).toBe('full');
    expect(spool.held().bytes).toBeLessThanOrEqual(131_072);
    const onDisk = spoolFiles(folder).map((name) => statSync(join(folder, 'gateway-gw-1', name)).size);
    expect(onDisk.reduce((sum, size) => sum + size, 0)).toBe(spool.held().bytes);
    bus.mood = 'up';
    await waitFor(() => spool.state() === 'direct');
    expect(numbersOf(bus.arrived)).toEqual(kept);
    bus.mood = 'away';
    await publish(spool, [801]);
  });

  it('gives the room of a long outage back file by file', async () => {
    const spool = await open({ maxBytes: 262_144, ...neverDrained });
    bus.mood = 'away';
    for (let number = 1; number <= 600; number += 1) await spool.publish([activity(number)], 'spool');
    await spool.stop();
    const files = spoolFiles(folder);
    expect(files.length).toBeGreaterThan(3);
    const left: number[] = [];
    bus.mood = 'up';
    const next = await open({
      bus: { publish: (records) => (left.push(spoolFiles(folder).length), bus.publish(records)) },
    });
    await waitFor(() => next.state() === 'direct');
    expect(left[0]).toBe(files.length);
    expect(left.at(-1)).toBeLessThan(files.length);
    expect(numbersOf(bus.arrived)).toEqual(upTo(600));
    await waitFor(() => spoolFiles(folder).length === 0);
  });

  it('has one bound that leaves room for the calls that have begun', () => {
    for (const maxBytes of [0, 131_071, 1e6 + 0.5, Number.NaN]) {
      expect(() => openSpool({ bus, gateway: 'gw-1', folder, maxBytes, log: silentLog })).toThrow(RangeError);
    }
  });

  it('stops though the bus says nothing to what it drains, and what it holds stays', async () => {
    const spool = await open();
    bus.mood = 'away';
    await publish(spool, upTo(3));
    bus.mood = 'silent';
    const before = bus.tried.length;
    await waitFor(() => bus.tried.length > before);
    await spool.stop();
    bus.mood = 'up';
    const next = await open();
    await waitFor(() => next.state() === 'direct');
    expect(numbersOf(bus.arrived)).toEqual([1, 2, 3]);
  });

  it('that is not open takes nothing', async () => {
    const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 1_048_576, log: silentLog });
    bus.mood = 'away';
    await expect(spool.publish([activity(1)], 'spool')).rejects.toThrow(StoreUnavailable);
    const opened = await open();
    await opened.stop();
    await expect(opened.publish([activity(2)], 'spool')).rejects.toThrow(StoreUnavailable);
    expect(spoolFiles(folder)).toEqual([]);
  });
});
