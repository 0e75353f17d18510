import { quantile } from '../statistics.js';

/** What a contestant is told that works by itself. */
export interface BusyTask {
  readonly seconds: number;
  readonly inFlight: number;
}

/** What it did. CPU is of the whole process, in seconds. */
export interface BusyResult {
  readonly count: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  /** The first thing that came out other than it should have. */
  readonly wrong?: string;
}

/** Does the same thing again and again, so many at once. `work` answers what was wrong, if anything. */
export async function keepBusy({ seconds, inFlight }: BusyTask, work: () => Promise<string | undefined>): Promise<BusyResult> {
  const times: number[] = [];
  let wrong: string | undefined;
  const before = process.cpuUsage();
  const began = performance.now();
  const until = began + seconds * 1_000;
  const caller = async () => {
    for (let now = performance.now(); now < until && wrong === undefined;) {
      const trouble = await work();
      wrong ??= trouble;
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const used = process.cpuUsage(before);
  return {
    count: times.length,
    seconds: (performance.now() - began) / 1_000,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpu: (used.user + used.system) / 1e6,
    ...(wrong !== undefined && { wrong }),
  };
}
