import { onTestFailed } from 'vitest';
import { type Random, randomOf } from './random.js';

/** Reproducible randomness for one test. */
export interface SeededRandom extends Random {
  readonly seed: number;
}

/** Randomness that prints its seed when the test it was made in fails. Call it inside `it`; hand a printed seed in to see the same again. */
export function seededRandom(seed: number = Date.now() >>> 0): SeededRandom {
  onTestFailed(() => console.error(`random seed of the failed test: ${seed}`));
  return { seed, ...randomOf(seed) };
}
