import { describe, expect, it } from 'vitest';
import { withHeartbeats } from './with-heartbeats.js';

const never = new AbortController().signal;

describe('work under heartbeats', () => {
  it('goes on for as long as it takes while the group hears of it', async () => {
    let beats = 0;
    const enough = Promise.withResolvers<void>();
    const heartbeat = () => Promise.resolve(void ((beats += 1) === 5 && enough.resolve()));
    await expect(withHeartbeats(heartbeat, { every: 1, signal: never }, () => enough.promise)).resolves.toBe(true);
    expect(beats).toBeGreaterThanOrEqual(5);
  });

  it('is told to end when the partition is another member’s, and says so', async () => {
    const rebalancing = new Error('the group is rebalancing');
    const untilTold = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(new Error('told'))));
    await expect(withHeartbeats(() => Promise.reject(rebalancing), { every: 1, signal: never }, untilTold)).rejects.toBe(rebalancing);
  });

  it('was not done when it was told to end from outside', async () => {
    const stop = new AbortController();
    const untilTold = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('told')));
        stop.abort();
      });
    await expect(withHeartbeats(() => Promise.resolve(), { every: 1, signal: stop.signal }, untilTold)).resolves.toBe(false);
  });

  it('fails with its own error, and the group hears no more of it', async () => {
    let beats = 0;
    const heartbeat = () => Promise.resolve(void (beats += 1));
    const failed = new Error('no');
    await expect(withHeartbeats(heartbeat, { every: 1, signal: never }, () => Promise.reject(failed))).rejects.toBe(failed);
    const before = beats;
    await new Promise((resolve) => setImmediate(resolve));
    expect(beats).toBe(before);
  });
});
