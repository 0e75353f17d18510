import { describe, expect, it } from 'vitest';
import { boundedCache } from './bounded-cache.js';

describe('a bounded cache', () => {
  it('forgets what was not used for longest', () => {
    const cache = boundedCache<{ n: number }>(2);
    cache.set('a', { n: 1 });
    cache.set('b', { n: 2 });
    cache.get('a');
    cache.set('c', { n: 3 });
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([{ n: 1 }, undefined, { n: 3 }]);
    expect(cache.size).toBe(2);
  });

  it('counts a key once', () => {
    const cache = boundedCache<{ n: number }>(2);
    cache.set('a', { n: 1 });
    cache.set('b', { n: 1 });
    cache.set('b', { n: 2 });
    expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([{ n: 1 }, { n: 2 }, 2]);
  });
});
