import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowestFree, Slots } from './slots.js';

const search = async (taken: number, known: number, uses: number) => {
  let looks = 0;
  const found = await lowestFree(known, uses, async (slot) => {
    looks += 1;
    return slot <= taken;
  });
  return { found, looks };
};

describe('the lowest free use', () => {
  it('is found wherever it is, in twice as many looks as it has digits, and never past the last', async () => {
    const uses = fc.integer({ min: 1, max: 10_000 });
    const world = uses.chain((most) => fc.tuple(fc.constant(most), fc.integer({ min: 1, max: most })));
    await fc.assert(
      fc.asyncProperty(
        world.chain(([most, taken]) => fc.tuple(fc.constant(most), fc.constant(taken), fc.integer({ min: 1, max: taken }))),
        async ([most, taken, known]) => {
          const { found, looks } = await search(taken, known, most);
          expect(found).toBe(taken + 1);
          expect(looks).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(most)) + 2);
        },
      ),
    );
  });

  it('is known to be none after one look at the last', async () => {
    expect(await search(400, 1, 400)).toEqual({ found: 401, looks: 1 });
    expect(await search(400, 400, 400)).toEqual({ found: 401, looks: 0 });
  });
});

describe('what a process knows of uses', () => {
  it('begins with the first, and never goes back', () => {
    const slots = new Slots();
    expect(slots.first('it_1')).toBe(1);
    slots.taken('it_1', 5);
    slots.taken('it_1', 2);
    expect([slots.first('it_1'), slots.first('it_2')]).toEqual([6, 1]);
  });

  it('is asked by one at a time of each token, also behind a failure', async () => {
    const slots = new Slots();
    const said: string[] = [];
    const work =
      (name: string, fails = false) =>
      async () => {
        said.push(`${name} begins`);
        await new Promise(setImmediate);
        said.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const answers = await Promise.allSettled([
      slots.inTurn('it_1', work('a', true)),
      slots.inTurn('it_1', work('b')),
      slots.inTurn('it_2', work('c')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(said.filter((word) => !word.startsWith('c'))).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(said.indexOf('c begins')).toBeLessThan(said.indexOf('b begins'));
  });
});
