import { describe, expect, it } from 'vitest';
import { databaseClock } from './database-clock.js';

/** The database's clock is so many milliseconds ahead of the monotonic one. */
const ahead = 1_000_000;
const stampedAt = (monotonic: number) => (monotonic + ahead) * 1000;

const start = () => {
  const machine = { now: 0 };
  return { machine, clock: databaseClock(() => machine.now) };
};

describe("the estimate of the database's clock", () => {
  it('lies in the middle between sent and received, and goes on with the monotonic clock', () => {
    const { machine, clock } = start();
    clock.sample(stampedAt(100), 98, 106);
    machine.now = 500;
    expect(clock.now()).toBeCloseTo((500 + ahead - 2) / 1000, 6);
  });

  it('is off by no more than half the narrowest round trip', () => {
    const { machine, clock } = start();
    clock.sample(stampedAt(100), 0, 101);
    clock.sample(stampedAt(200), 199, 201);
    clock.sample(stampedAt(300), 300, 380);
    machine.now = 1000;
    expect(clock.now()).toBeCloseTo((1000 + ahead) / 1000, 6);
  });

  it('follows a clock that was moved, by the first sample that tells', () => {
    const { machine, clock } = start();
    clock.sample(stampedAt(100), 99, 101);
    clock.sample(stampedAt(200) + 3_600_000_000, 150, 250);
    machine.now = 300;
    expect(clock.now()).toBeCloseTo((300 + ahead) / 1000 + 3600, 6);
  });

  it('does not invent a time', () => {
    expect(() => start().clock.now()).toThrow('never asked');
  });
});
