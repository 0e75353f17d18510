import type { Performance } from './figure.js';
import type { Round } from './rounds.js';

/** What a figure says of a round. */
export const performanceOf = ({ p50, p99, cpu, databaseCpu, memory, limitedBy }: Round): Performance => ({
  p50,
  p99,
  cpu,
  ...(databaseCpu !== undefined && { databaseCpu }),
  ...(memory !== undefined && { memory }),
  ...(limitedBy !== undefined && { limitedBy }),
});
