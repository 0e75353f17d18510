import { describe, expect, it } from 'vitest';
import { seededRandom } from './seed.js';

const draw = (seed: number) => Array.from({ length: 20 }, seededRandom(seed).next);

describe('seeded randomness', () => {
  it('is the same again with the same seed, and another with another', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('spreads over the whole range', () => {
    const { int } = seededRandom(1);
    expect(new Set(Array.from({ length: 1_000 }, () => int(10)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  it('shuffles without losing anything', () => {
    const cards = Array.from({ length: 30 }, (_, n) => n);
    const mixed = seededRandom(3).shuffle(cards);
    expect(mixed).not.toEqual(cards);
    expect(mixed.toSorted((a, b) => a - b)).toEqual(cards);
  });
});
