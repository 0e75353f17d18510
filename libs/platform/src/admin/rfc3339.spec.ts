import { describe, expect, it } from 'vitest';
import { rfc3339 } from './rfc3339.js';

describe('a time', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1, '1970-01-01T00:00:00.000001Z'],
    [1_790_000_000_999_999, '2026-09-21T14:13:20.999999Z'],
    [1_790_000_001_000_000, '2026-09-21T14:13:21.000000Z'],
  ])('of %d µs is %s', (microseconds, text) => {
    expect(rfc3339(microseconds)).toBe(text);
  });
});
