import { describe, expect, it } from 'vitest';
import { headerCache } from './header-cache.js';

describe('the headers seen before', () => {
  it('are known by every character of their text', () => {
    const cache = headerCache(2);
    const header = { alg: 'ES256' };
    cache.set('abc', header);
    expect([cache.get('abc'), cache.get('abd'), cache.get('ab')]).toEqual([header, undefined, undefined]);
  });

  it('are kept up to so many and so long', () => {
    const cache = headerCache(2);
    for (const text of ['a', 'b', 'c', 'x'.repeat(1_024), 'x'.repeat(1_025)]) cache.set(text, { alg: 'ES256' });
    expect([cache.size, cache.get('a'), cache.get('x'.repeat(1_025))]).toEqual([2, undefined, undefined]);
    expect(cache.get('x'.repeat(1_024))).toBeDefined();
  });
});
