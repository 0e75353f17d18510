import { describe, expect, it } from 'vitest';
import { randomOf } from './random.js';

const drawn = (seed: number) => {
  const random = randomOf(seed);
  return [random.int(1_000), random.pick(['a', 'b', 'c']), random.shuffle([1, 2, 3, 4, 5]), random.fork().int(1_000), random.int(1_000)];
};

describe('seeded randomness', () => {
  it('is the same again for a seed, and another for another', () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  it('stays below its bound, and reaches all of it', () => {
    const random = randomOf(1);
    expect(new Set(Array.from({ length: 200 }, () => random.int(4)))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('shuffles without losing anything', () => expect(randomOf(3).shuffle(['a', 'b', 'c', 'd']).toSorted()).toEqual(['a', 'b', 'c', 'd']));

  it('is not moved by what is drawn from its fork', () => {
    const [one, other] = [randomOf(5), randomOf(5)];
    const fork = one.fork();
    other.fork();
    for (let nth = 0; nth < 10; nth++) fork.int(10);
    expect(one.int(1_000)).toBe(other.int(1_000));
  });
});
