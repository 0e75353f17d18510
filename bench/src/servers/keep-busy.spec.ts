import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { keepBusy } from './keep-busy.js';

describe('a contestant that works by itself', () => {
  it('does as many at once as it was told, for as long', async () => {
    let [running, most, done] = [0, 0, 0];
    const result = await keepBusy({ seconds: 0.1, inFlight: 7 }, async () => {
      most = Math.max(most, ++running);
      await setImmediate();
      running -= 1;
      done += 1;
      return undefined;
    });
    expect(most).toBe(7);
    expect(result.count).toBe(done);
    expect(result.seconds).toBeGreaterThanOrEqual(0.1);
    expect(result.wrong).toBeUndefined();
  });

  it('stops at the first thing that is wrong, and says it', async () => {
    let nth = 0;
    const result = await keepBusy({ seconds: 60, inFlight: 2 }, async () => {
      await setImmediate();
      return ++nth === 5 ? 'stale' : undefined;
    });
    expect(result.wrong).toBe('stale');
    expect(nth).toBeLessThanOrEqual(6);
  });
});
