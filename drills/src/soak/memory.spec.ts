import { describe, expect, it } from 'vitest';
import { growth } from './memory.js';

describe('growth of memory', () => {
  it('is the most of the last third beside that of the second, of each part', () => {
    const seen = (part: string, ...sizes: number[]) => sizes.map((megabytes) => ({ part, megabytes }));
    expect(growth([...seen('token', 300, 90, 100, 110, 115, 120), ...seen('audit', 50, 50, 50)])).toEqual([
      { part: 'token', middle: 110, last: 120 },
      { part: 'audit', middle: 50, last: 50 },
    ]);
  });
});
