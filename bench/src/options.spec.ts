import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.js';

const bench = (name: string) => ({ name, what: name, run: () => Promise.resolve() });
const [token, pool] = [bench('token'), bench('pool')];
const parse = (...args: string[]) => parseOptions(args, [token, pool]);

describe('the command line of the benches', () => {
  it('names some, or all', () => {
    expect(parse('pool', '--quick')).toEqual({ benches: [pool], quick: true, json: false, write: false });
    expect(parse('pool', 'token', '--json').benches).toEqual([pool, token]);
    expect(parse('all', '--write')).toEqual({ benches: [token, pool], quick: false, json: false, write: true });
  });

  it.each([[[]], [['toke']], [['all', 'pool']], [['pool', '--write']], [['all', '--write', '--quick']], [['pool', '--fast']]])(
    'refuses %j',
    (args) => {
      expect(() => parse(...args)).toThrow(UsageError);
    },
  );
});
