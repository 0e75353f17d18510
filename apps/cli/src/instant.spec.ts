import { describe, expect, it } from 'vitest';
import { formatInstant, formatUntil, microsecondsOf } from './instant.js';

const now = Date.parse('2026-11-24T22:00:00Z');
const seconds = now / 1_000;

describe('an instant', () => {
  it.each([
    ['2026-11-24T22:57:03.123456Z', '2026-11-24 22:57:03Z'],
    ['2026-11-24T23:57:03+01:00', '2026-11-24 22:57:03Z'],
    [seconds, '2026-11-24 22:00:00Z'],
    [null, '–'],
    [undefined, '–'],
    ['soon', 'soon'],
  ])('%s reads %s', (instant, text) => {
    expect(formatInstant(instant)).toBe(text);
  });

  it.each([
    [seconds + 86_400 * 2, 'in 2 d'],
    [seconds + 86_399, 'in 24 h'],
    [seconds + 600, 'in 10 min'],
    [seconds + 59, 'in 59 s'],
    [(seconds * 1_000 + 200) / 1_000, 'in 1 s'],
    [seconds, 'over'],
    [seconds - 1, 'over'],
    ['2026-11-24T23:00:00Z', 'in 1 h'],
    [null, '–'],
  ])('%s is %s', (instant, text) => {
    expect(formatUntil(instant, now)).toBe(text);
  });
});

describe('a time to compare', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-09-21T14:13:20.000001Z', 1_790_000_000_000_001],
    ['2026-09-21T14:13:20.5Z', 1_790_000_000_500_000],
    ['2026-09-21T14:13:20.123Z', 1_790_000_000_123_000],
    ['2026-09-21T14:13:20.1234567Z', Number.NaN],
    ['2026-09-21T14:13:20+02:00', Number.NaN],
    ['never', Number.NaN],
  ])('%s is %d µs', (text, microseconds) => {
    expect(microsecondsOf(text)).toBe(microseconds);
  });
});
