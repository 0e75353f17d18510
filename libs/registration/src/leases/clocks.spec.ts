import { type Log, metrics, silentLog } from '@chancery/platform';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Clocks, openClocks } from './clocks.js';

let database: number;
let wall: number;
let monotonic: number;
let alarms: unknown[];
let clocks: Clocks;

beforeEach(() => {
  [database, wall, monotonic, alarms] = [1_790_000_000.5, 1_790_000_000, 0, []];
  const log: Log = { ...silentLog, error: ({ reason }) => void alarms.push(reason) };
  clocks = openClocks({ database: () => database, wall: () => wall, monotonic: () => monotonic, log });
});

const counted = async () => (await metrics.leaseAlarms.get()).values.find(({ labels }) => labels.reason === 'clocks_disagree')?.value ?? 0;

describe('the time by which leases are reaped', () => {
  it("is the database's, as far as this process's own is with it", () => {
    for (const apart of [0, 10, -10]) {
      wall = database + apart;
      expect(clocks.agreed()).toBe(database);
    }
    expect(alarms).toEqual([]);
  });

  it.each([10.5, -10.5, 86_400, -86_400])('is nobody’s while they are %s seconds apart, and the alarm says why', async (apart) => {
    const before = await counted();
    wall = database + apart;
    expect(clocks.agreed()).toBeUndefined();
    expect([alarms, (await counted()) - before]).toEqual([['clocks_disagree'], 1]);
    wall = database;
    expect(clocks.agreed()).toBe(database);
  });

  it('is nobody’s where a clock says nothing that can be compared', () => {
    database = NaN;
    expect(clocks.agreed()).toBeUndefined();
  });

  it('is alarmed about once a minute', () => {
    wall = database + 60;
    for (monotonic of [0, 1, 59_999, 60_000, 60_001, 119_999]) clocks.agreed();
    expect(alarms).toHaveLength(2);
  });
});
