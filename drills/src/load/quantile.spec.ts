import { describe, expect, it } from 'vitest';
import { quantile, spread } from './quantile.js';

describe('a quantile', () => {
  it('is one of the values, however they are ordered', () => expect(quantile([30, 10, 20, 40], 0.5)).toBe(20));
  it('reaches the last one', () => expect(quantile([30, 10], 1)).toBe(30));
  it('is none of none', () => expect(spread([])).toBe('-'));
  it('is said in whole units', () => expect(spread([1.4, 2.6, 9.9])).toBe('3 / 10 / 10'));
});
