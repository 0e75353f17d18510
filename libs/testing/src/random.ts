/** Randomness that a seed gives again. */
export interface Random {
  /** The next number, 0 ≤ n < 1. */
  next(): number;
  /** A whole number, 0 ≤ n < `below`. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** The same elements in another order; the argument stays as it is. */
  shuffle<T>(from: readonly T[]): T[];
  /** Another one, which goes on by itself: what is drawn from it does not move this one, however things overlap. */
  fork(): Random;
}

/** @param seed a whole number of 32 bits */
export function randomOf(seed: number): Random {
  const next = mulberry32(seed);
  const int = (below: number): number => Math.floor(next() * below);
  return {
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
    fork: () => randomOf(int(2 ** 32)),
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
