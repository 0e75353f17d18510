import { describe, expect, it } from 'vitest';
import { parseWrk, wrkScript } from './wrk.js';

const said = 'Running 2s test\ncount=1000\nseconds=2.001000\np50=1.500000\np99=9.250000\nwrong=0\ntimeouts=0\nfirst=\n';

describe('what wrk printed', () => {
  it('is read as our own generator would say it', () => {
    expect(parseWrk(said, 0.7)).toEqual({ count: 1_000, seconds: 2.001, p50: 1.5, p99: 9.25, wrong: 0, timeouts: 0, cpu: 0.7 });
  });

  it('counts wrong answers, and requests without one', () => {
    expect(parseWrk(said.replace('wrong=0', 'wrong=2').replace('first=', 'first=400 {}'), 0)).toMatchObject({
      wrong: 2,
      firstWrong: '400 {}',
    });
    expect(parseWrk(said.replace('timeouts=0', 'timeouts=3'), 0)).toMatchObject({ wrong: 3, timeouts: 3 });
  });

  it('is no result when it is something else', () => {
    expect(() => parseWrk('unable to connect', 0)).toThrow('unable to connect');
  });
});

describe('the script for wrk', () => {
  it('quotes every byte, so that nothing in an expectation is code', () => {
    const script = wrkScript({ status: 200, contains: ['"]] os.exit()'] }, '/tmp/r');
    expect(script).not.toContain('os.exit');
    expect(script).toContain('\\111\\115\\046\\101');
  });
});
