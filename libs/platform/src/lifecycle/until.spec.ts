import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { until } from './until.js';

const { signal } = new AbortController();

describe('a start that waits', () => {
  it('goes on when nothing is missing any more', async () => {
    const missing = [['keys', 'bus'], ['bus'], []];
    await until(() => missing.shift() ?? [], signal);
    expect(missing).toEqual([]);
  });

  it('ends when it is given up, whatever is missing', async () => {
    const leaving = new AbortController();
    const waiting = until(() => {
      leaving.abort();
      return ['keys'];
    }, leaving.signal);
    await expect(waiting).rejects.toThrow('aborted');
  });

  it('ends after a minute, and names what is missing', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const waiting = until(() => {
      vi.advanceTimersByTime(30_001);
      return ['keys', 'bus'];
    }, signal);
    await expect(waiting).rejects.toThrow('not ready after 60 s: keys, bus');
  });

  it('ends with whatever keeps it from looking', async () => {
    await expect(until(() => Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });
});
