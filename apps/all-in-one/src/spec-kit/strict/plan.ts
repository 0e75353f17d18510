import type { SeededRandom } from '@chancery/testing';
import { type Kind, kinds } from './kinds.js';

/** How one round goes, made before anything runs, so that a seed gives the same rounds however they overlap. */
export interface Plan {
  readonly number: number;
  readonly kind: Kind;
  /** Which replica the act is asked of, and each racer. */
  readonly actAt: number;
  readonly racersAt: readonly number[];
  /** The order in which the act (0) and the racers (from 1) are started. */
  readonly order: readonly number[];
  /** Turns of the event loop that pass before each start: sockets are written and read between them. */
  readonly turns: readonly number[];
}

const mostRacers = 4;

/** A thousand rounds, of every kind, shuffled. */
export function planRounds(random: SeededRandom): readonly Plan[] {
  const wanted = random.shuffle(kinds.flatMap(([kind, count]) => Array<Kind>(count).fill(kind)));
  return wanted.map((kind, number) => ({
    number,
    kind,
    actAt: random.int(2),
    racersAt: Array.from({ length: mostRacers }, () => random.int(2)),
    order: random.shuffle(Array.from({ length: mostRacers + 1 }, (_, nth) => nth)),
    turns: Array.from({ length: mostRacers + 1 }, () => random.int(8)),
  }));
}
