/**
 * SQL condition for rows of `alias` (columns epoch, tx, position) after the cursor in $1, $2, $3 that nothing still open can come before.
 * Ordering by position alone loses what commits late. Transaction ids of an older epoch belong to another cluster's history: all of those are over.
 */
export const afterAndSettled = (alias: string): string => `
  (${alias}.epoch, ${alias}.tx, ${alias}.position) > ($1::integer, $2::text::xid8, $3::text::bigint)
  and (${alias}.epoch < (select epoch from es.meta) or ${alias}.tx < pg_snapshot_xmin(pg_current_snapshot()))`;
