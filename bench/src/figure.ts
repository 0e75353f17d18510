/** What a figure has to reach: as a share of what it is compared with, or as it stands. */
export interface Bounds {
  readonly of: 'ratio' | 'ours';
  readonly direction: 'at least' | 'at most';
  /** Missed by more than a tenth, and the bench fails. */
  readonly floor: number;
  /** What is aimed at. */
  readonly goal?: number;
}

/** How a contestant did in its best round. */
export interface Performance {
  /** Milliseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** Microseconds of the server process for each request. */
  readonly cpu?: number;
  /** Microseconds of PostgreSQL for each request. */
  readonly databaseCpu?: number;
  /** Resident megabytes. */
  readonly memory?: number;
  /** Whose core was full. */
  readonly limitedBy?: 'application' | 'postgres' | 'client' | 'nobody';
}

/** One thing that was measured. */
export interface Figure extends Performance {
  /** `bench/what`, the same in every run. */
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What another server reached in the same rounds, and how. */
  readonly peer?: number;
  readonly peerDid?: Performance;
  /** What nobody can do better than, measured in the same run. */
  readonly limit?: number;
  /** Ours in terms of the peer or the limit; of what `judgedBy` says. */
  readonly ratio?: number;
  readonly judgedBy?: 'rate' | 'cpu';
  readonly bounds?: Bounds;
  /** What has to be known to read it. */
  readonly note?: string;
}

export type Verdict = 'goal' | 'floor' | 'within a tenth of the floor' | 'missed' | 'not judged';

/** How far below a floor a figure of a noisy machine may lie. */
const tolerance = 0.1;

/** Where a figure lies. One that has bounds and no number was missed: nothing was shown. */
export function verdictOf(figure: Figure): Verdict {
  const { bounds } = figure;
  if (bounds === undefined) return 'not judged';
  const reached = (bound: number) => reaches(figure, bounds, bound);
  if (bounds.goal !== undefined && reached(bounds.goal)) return 'goal';
  if (reached(bounds.floor)) return 'floor';
  const slack = bounds.direction === 'at least' ? 1 - tolerance : 1 + tolerance;
  return reached(bounds.floor * slack) ? 'within a tenth of the floor' : 'missed';
}

function reaches(figure: Figure, { of, direction }: Bounds, bound: number): boolean {
  const value = figure[of] ?? Number.NaN;
  return direction === 'at least' ? value >= bound : value <= bound;
}
