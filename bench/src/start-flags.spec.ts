import { describe, expect, it } from 'vitest';
import { startFlags } from './start-flags.js';

const starting = (start: string) => JSON.stringify({ scripts: { start } });

describe('the flags of a start', () => {
  it('are those of the script, in its order, and none where it has none', () => {
    expect(startFlags(starting('node scripts/build.mjs apps/cli && node --one=1 --two apps/all-in-one/dist/main.js'))).toEqual([
      '--one=1',
      '--two',
    ]);
    expect(startFlags(starting('node scripts/build.mjs && node apps/all-in-one/dist/main.js'))).toEqual([]);
  });

  it('are not guessed where the script starts something else', () => {
    expect(() => startFlags(starting('node server.js'))).toThrow('something else');
  });

  it('bound the young generation and the growth of the old one (ADR 0025)', () => {
    expect(startFlags()).toEqual(['--max-semi-space-size=16', '--heap-growing-percent=50']);
  });
});
