import { limits } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { placesAtOnce } from './places-at-once.js';

describe('places for fetches at the same time', () => {
  it('are few for one host, so that a slow one leaves the others theirs', () => {
    const places = placesAtOnce();
    const slow = Array.from({ length: limits.fetchesAtOnceOfHost }, () => places.take('slow.example'));
    expect([slow.includes(undefined), places.take('slow.example')]).toEqual([false, undefined]);
    expect(places.take('other.example')).toBeDefined();
    slow[0]?.();
    expect(places.take('slow.example')).toBeDefined();
  });

  it('are bounded in all, and free again when they are given up', () => {
    const places = placesAtOnce();
    const taken = Array.from({ length: limits.fetchesAtOnce }, (_, nth) => places.take(`h${nth}.example`));
    expect([taken.includes(undefined), places.take('one-more.example')]).toEqual([false, undefined]);
    taken.at(-1)?.();
    expect(places.take('one-more.example')).toBeDefined();
    expect(places.take('two-more.example')).toBeUndefined();
  });
});
