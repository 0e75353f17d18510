import { describe, expect, it } from 'vitest';
import { best, largest, quantile, rounded, smallest } from './statistics.js';

describe('a quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is a value that was measured, and the share of values up to it', () => {
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 1)).toBe(100);
  });

  it('is the only value of one, and none of none', () => {
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('orders numbers, not their digits, and leaves what it was given as it was', () => {
    const given = [9, 10, 100];
    expect(quantile(given.toReversed(), 0.5)).toBe(10);
    expect(given).toEqual([9, 10, 100]);
  });
});

describe('the best of several rounds', () => {
  it('is the one of the highest rate', () => {
    expect(best([{ rate: 3 }, { rate: 9 }, { rate: 5 }], ({ rate }) => rate)).toEqual({ rate: 9 });
  });

  it('is the first of equals, and nothing of nothing', () => {
    const [first, second] = [{ rate: 3 }, { rate: 3 }];
    expect(best([first, second], ({ rate }) => rate)).toBe(first);
    expect(() => best([], () => 0)).toThrow(RangeError);
  });
});

describe('figures for people', () => {
  it('keep three digits, and every whole one', () => {
    expect(rounded(1.23456)).toBe(1.23);
    expect(rounded(0.000123456)).toBe(0.000123);
    expect(rounded(12345.6)).toBe(12346);
    expect(rounded(Number.NaN)).toBeNaN();
  });

  it('know the extremes of nothing', () => {
    expect([smallest([]), largest([])]).toEqual([Number.NaN, Number.NaN]);
    expect([smallest([2, 1]), largest([2, 1])]).toEqual([1, 2]);
  });
});
