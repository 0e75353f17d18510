import { type BusRecord, StoreUnavailable } from '@chancery/eventstore';
import { silentLog } from '@chancery/platform';
import { temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activity, moodyBus, type MoodyBus, numbersOf, upTo } from '../spec-kit/spooling.js';
import { openSpool, type Spool, type SpoolOptions } from './spool.js';

const ends: (() => unknown)[] = [];
let folder = '';
let bus: MoodyBus;
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  folder = path;
  bus = moodyBus('away');
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const never = 3_600_000;

async function open(change: Partial<SpoolOptions> = {}): Promise<Spool> {
  const retries = { first: 1, most: 5 };
  const spool = openSpool({ bus, gateway: 'gw-1', folder, maxBytes: 64 * 1_048_576, log: silentLog, patience: never, retries, ...change });
  ends.push(() => spool.stop());
  await spool.start();
  return spool;
}

/** An answer takes a while, as over any network. */
const overTheWire = async (records: readonly BusRecord[]): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
  return bus.publish(records);
};

/** Long enough for a page of its own. */
const long = (number: number): BusRecord => activity(number, JSON.stringify('x'.repeat(200_000)));

/** Two records wait that fill a page each; the bus takes the first page, and `then` is what it does with the second one. */
async function handingOver(change: Partial<SpoolOptions>, then: (spool: Spool) => Promise<void>): Promise<Spool> {
  const pages: ((records: readonly BusRecord[]) => Promise<void>)[] = [(records) => bus.publish(records), () => then(spool)];
  const publish = (records: readonly BusRecord[]) => (bus.mood === 'up' ? (pages.shift() ?? bus.publish)(records) : bus.publish(records));
  const spool = await open({ ...change, bus: { publish } });
  await Promise.all([long(1), long(2)].map((record) => spool.publish([record], 'spool')));
  bus.mood = 'up';
  return spool;
}

describe('a bus that is back', () => {
  it('gets its records directly again, in their order, though there is always another call on its way', async () => {
    const spool = await open({ bus: { publish: overTheWire } });
    const load = { over: false, number: 0 };
    const lane = async (): Promise<void> => {
      while (!load.over) await spool.publish([activity((load.number += 1))], 'spool');
    };
    const lanes = Array.from({ length: 16 }, lane);
    await waitFor(() => spool.held().records > 2_000);
    bus.mood = 'up';
    await waitFor(() => spool.state() === 'direct');
    const direct = load.number;
    await waitFor(() => load.number > direct + 1_000);
    expect(spool.state()).toBe('direct');
    load.over = true;
    await Promise.all(lanes);
    expect(numbersOf(bus.arrived)).toEqual(upTo(load.number));
  });

  it('and goes away before it took the last page keeps no call waiting: its record goes behind the others', async () => {
    const third = Promise.withResolvers<void>();
    const spool = await handingOver({}, (of) => {
      of.publish([activity(3)], 'spool').then(third.resolve, third.reject);
      bus.mood = 'away';
      return Promise.reject(new StoreUnavailable('away'));
    });
    await third.promise;
    expect(spool.state()).toBe('spooling');
    bus.mood = 'up';
    await waitFor(() => spool.state() === 'direct');
    expect(numbersOf(bus.arrived)).toEqual([1, 2, 3]);
  });

  it('and says nothing to the last page keeps a call waiting as long as a bus may, and no longer', async () => {
    const third = Promise.withResolvers<void>();
    const spool = await handingOver({ patience: 20 }, (of) => {
      of.publish([activity(3)], 'spool').then(third.resolve, third.reject);
      return new Promise(() => undefined);
    });
    await third.promise;
    expect([spool.state(), numbersOf(bus.arrived)]).toEqual(['spooling', [1]]);
    await spool.stop();
    const next = await open();
    await waitFor(() => next.state() === 'direct');
    expect(new Set(numbersOf(bus.arrived))).toEqual(new Set([1, 2, 3]));
  });

  it('leaves nobody at the gate of a gateway that stops', async () => {
    const asked = Promise.withResolvers<void>();
    const third = Promise.withResolvers<void>();
    const spool = await handingOver({}, (of) => {
      of.publish([activity(3)], 'spool').then(third.resolve, third.reject);
      asked.resolve();
      return new Promise(() => undefined);
    });
    await asked.promise;
    await spool.stop();
    await third.promise;
    const next = await open();
    await waitFor(() => next.state() === 'direct');
    expect(new Set(numbersOf(bus.arrived))).toEqual(new Set([1, 2, 3]));
  });
});
