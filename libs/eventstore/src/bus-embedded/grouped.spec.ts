import { describe, expect, it } from 'vitest';
import { grouped } from './grouped.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A write that waits until it is let go. */
function slowWrite() {
  const written: string[][] = [];
  const gates: ((error?: Error) => void)[] = [];
  const write = (items: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      written.push([...items]);
      gates.push((error) => (error ? reject(error) : resolve()));
    });
  return { written, write, finish: async (error?: Error) => (gates.shift()?.(error), turn()) };
}

describe('a grouped write', () => {
  it('takes callers that arrive while one is in flight together in the next, in order', async () => {
    const { written, write, finish } = slowWrite();
    const put = grouped(write);
    const callers = [put(['a']), put(['b', 'c']), put([]), put(['d'])];
    expect(written).toEqual([['a']]);
    await finish();
    expect(written).toEqual([['a'], ['b', 'c', 'd']]);
    await finish();
    await Promise.all(callers);
  });

  it('is bounded, without parting one caller’s items', async () => {
    const { written, write, finish } = slowWrite();
    const put = grouped(write, 2);
    const callers = [put(['a']), put(['b']), put(['c', 'd', 'e']), put(['f'])];
    for (let n = 0; n < 4; n++) await finish();
    await Promise.all(callers);
    expect(written).toEqual([['a'], ['b'], ['c', 'd', 'e'], ['f']]);
  });

  it('fails for those who were in the failed write, and goes on with the others', async () => {
    const { write, finish } = slowWrite();
    const put = grouped(write);
    const outcomes = Promise.allSettled([put(['a']), put(['b'])]);
    await finish(new Error('away'));
    await finish();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
