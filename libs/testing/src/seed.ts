import { onTestFailed } from 'vitest';

/** Reproducible randomness for one test. */
export interface SeededRandom {
  readonly seed: number;
  /** The next number, 0 ≤ n < 1. */
  next(): number;
  /** A whole number, 0 ≤ n < `below`. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** The same elements in another order; the argument stays as it is. */
  shuffle<T>(from: readonly T[]): T[];
}

/** Randomness that prints its seed when the test it was made in fails. Call it inside `it`; hand a printed seed in to see the same again. */
export function seededRandom(seed: number = Date.now() >>> 0): SeededRandom {
  onTestFailed(() => console.error(`random seed of the failed test: ${seed}`));
  const next = mulberry32(seed);
  const int = (below: number) => Math.floor(next() * below);
  return {
    seed,
    next,
    int,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new RangeError('nothing to pick from');
      return from[int(from.length)] as T;
    },
    shuffle<T>(from: readonly T[]): T[] {
      const mixed = [...from];
      for (let last = mixed.length - 1; last > 0; last--) {
        const other = int(last + 1);
        [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
      }
      return mixed;
    },
  };
}

/** Tommy Ettinger's mulberry32: 32 bits of state, enough to spread schedules. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
