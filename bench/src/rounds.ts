import type { Figure } from './figure.js';
import { best, largest, smallest } from './statistics.js';

/** What one contestant did in one round. */
export interface Round {
  /** Per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of the server process for each request. */
  readonly cpu: number;
  readonly databaseCpu?: number;
  readonly limitedBy?: NonNullable<Figure['limitedBy']>;
  /** Resident megabytes at its end. */
  readonly memory?: number;
}

/** Lets contestants take turns, A B A B, so that a machine that drifts drifts for all. The first turn of each warms it up and does not count. */
export async function alternate<Contestant, Result>(
  contestants: readonly Contestant[],
  rounds: number,
  turn: (contestant: Contestant, round: number) => Promise<Result>,
): Promise<ReadonlyMap<Contestant, readonly Result[]>> {
  const results = new Map<Contestant, Result[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      const result = await turn(contestant, round);
      if (round > 0) results.get(contestant)?.push(result);
    }
  }
  return results;
}

/** A contestant's best: its fastest round, with the least CPU and the least waiting of any, for a neighbour can only add to those. */
export function bestRound(rounds: readonly Round[]): Round {
  const fastest = best(rounds, ({ rate }) => rate);
  const memories = rounds.flatMap(({ memory }) => memory ?? []);
  const databases = rounds.flatMap(({ databaseCpu }) => databaseCpu ?? []);
  return {
    ...fastest,
    p99: smallest(rounds.map(({ p99 }) => p99)),
    cpu: smallest(rounds.map(({ cpu }) => cpu)),
    ...(databases.length > 0 && { databaseCpu: smallest(databases) }),
    ...(memories.length > 0 && { memory: largest(memories) }),
  };
}

/**
 * How many times faster ours is. Rates compare two servers only where each was what held it back; where a client or the database was full, or
 * nobody, CPU says what a core would have carried.
 */
export function timesFaster(ours: Round, peer: Round): { ratio: number; judgedBy: 'rate' | 'cpu' } {
  const byRate = ours.limitedBy === 'application' && peer.limitedBy === 'application';
  return byRate ? { ratio: ours.rate / peer.rate, judgedBy: 'rate' } : { ratio: peer.cpu / ours.cpu, judgedBy: 'cpu' };
}
