import { describe, expect, it } from 'vitest';
import type { Drill } from './drill.js';
import { parseOptions, UsageError } from './options.js';

const kill: Drill = { name: 'kill', what: 'kills', times: 50, seconds: 10, run: () => Promise.resolve() };

describe('the command line of drills', () => {
  it('takes the drill, and what is its own where nothing is said', () =>
    expect(parseOptions(['kill', '--seed', '7'], [kill])).toEqual({ drill: kill, times: 50, seconds: 10, seed: 7 }));

  it('takes what is said', () =>
    expect(parseOptions(['kill', '--times', '3', '--seconds', '2', '--seed', '7'], [kill])).toMatchObject({ times: 3, seconds: 2 }));

  it('draws a seed of 32 bits', () =>
    expect(parseOptions(['kill'], [kill]).seed).toSatisfy((seed: number) => Number.isInteger(seed) && seed < 2 ** 32));

  it.each([
    [[]],
    [['flood']],
    [['kill', 'kill']],
    [['kill', '--times', '0']],
    [['kill', '--times', 'many']],
    [['kill', '--seed', '4294967296']],
    [['kill', '--loud']],
  ])('refuses %j', (args) => expect(() => parseOptions(args, [kill])).toThrow(UsageError));
});
