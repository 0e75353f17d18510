import { describe, expect, it } from 'vitest';
import { jsonLine } from './json-line.js';

describe('the line of a figure', () => {
  it('is one JSON object with ours, the peer, the ratio and the verdict', () => {
    const line = jsonLine({
      name: 'token/secret',
      unit: '/s',
      ours: 12_313.4,
      peer: 5_865,
      ratio: 2.0995,
      p99: 10.123456,
      bounds: { of: 'ratio', direction: 'at least', floor: 1.5, goal: 2 },
      note: 'two\nlines',
    });
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      name: 'token/secret',
      unit: '/s',
      ours: 12_313,
      peer: 5_865,
      ratio: 2.099,
      verdict: 'goal',
      bounds: { of: 'ratio', direction: 'at least', floor: 1.5, goal: 2 },
      p99: 10.12,
      note: 'two\nlines',
    });
  });
});
