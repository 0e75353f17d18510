import { describe, expect, it } from 'vitest';
import { createHealth } from './health.js';

describe('readiness', () => {
  it('is there when every check says so', async () => {
    const health = createHealth([
      { name: 'keys', ready: () => true },
      { name: 'store', ready: () => Promise.resolve(true) },
    ]);
    expect(await health.notReady()).toEqual([]);
  });

  it('names each check that says no, fails, or never answers', async () => {
    const health = createHealth(
      [
        { name: 'keys', ready: () => true },
        { name: 'store', ready: () => false },
        { name: 'bus', ready: () => Promise.reject(new Error('away')) },
        {
          name: 'lane',
          ready: () => {
            throw new Error('away');
          },
        },
        { name: 'gateway', ready: () => new Promise(() => {}) },
      ],
      20,
    );
    expect(await health.notReady()).toEqual(['store', 'bus', 'lane', 'gateway']);
  });
});
