/**
 * First key of PostgreSQL's two-key advisory locks, so that no two purposes meet. Append's stripes (7) and the partitions' lock (8, 2) are
 * written in the SQL of `migrations/sql`.
 */
export const advisoryLocks = { stripes: 7, maintenance: 8, leader: 9 } as const;

/** Second key of `advisoryLocks.maintenance`. */
export const maintenance = { migrate: 1, partitions: 2 } as const;
