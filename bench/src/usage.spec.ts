import { describe, expect, it } from 'vitest';
import { parseStat } from './usage.js';

describe('a line of /proc/<pid>/stat', () => {
  it('tells the parent and the CPU time, whatever the program calls itself', () => {
    const line = (name: string) => `4242 (${name}) S 17 4242 4242 0 -1 4194304 900 0 0 0 150 50 7 3 20 0 11 0 300 1 1`;
    for (const name of ['node', 'a b', 'x) R 1 (y']) expect(parseStat(line(name))).toEqual({ parent: 17, cpu: 2 });
  });
});
