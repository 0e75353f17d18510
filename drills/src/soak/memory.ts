import type { Composed } from '../stack/composed.js';
import { services } from '../stack/parts.js';
import { residentMegabytes } from '../stack/resident.js';

export interface MemorySample {
  readonly part: string;
  readonly megabytes: number;
}

/** Looks at the memory of every service every second. */
export function watchMemory(stack: Pick<Composed, 'pid'>): { samples(): readonly MemorySample[]; close(): Promise<void> } {
  const samples: MemorySample[] = [];
  const looking = setInterval(() => {
    for (const part of services) {
      const megabytes = residentMegabytes(stack.pid(part));
      if (megabytes !== undefined) samples.push({ part, megabytes });
    }
  }, 1_000);
  return {
    samples: () => samples,
    close: () => {
      clearInterval(looking);
      return Promise.resolve();
    },
  };
}

/** Of each part, the most of the second and of the last third of what was seen: the first third is for starting. */
export function growth(samples: readonly MemorySample[]): readonly { part: string; middle: number; last: number }[] {
  return [...Map.groupBy(samples, ({ part }) => part)].map(([part, seen]) => {
    const third = Math.floor(seen.length / 3);
    const most = (from: number, to: number): number => Math.max(0, ...seen.slice(from, to).map(({ megabytes }) => megabytes));
    return { part, middle: most(third, 2 * third), last: most(2 * third, seen.length) };
  });
}
