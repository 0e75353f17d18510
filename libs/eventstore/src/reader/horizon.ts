/**
 * SQL condition for rows of `alias` (columns epoch, tx, position) after the cursor in $1, $2, $3 that nothing still open can come before.
 * Ordering by position alone loses what commits late. Transaction ids of an older epoch belong to another cluster's history: all of those are over.
 *
 * The cursor stands in subqueries so that the planner does not know it: it judges a comparison of rows by the first column alone, finds that nothing has a
 * later epoch, and would sort all that is left for each page instead of reading a page's length of the index.
 */
export const afterAndSettled = (alias: string): string => `
  (${alias}.epoch, ${alias}.tx, ${alias}.position) > ((select $1::integer), (select $2::text::xid8), (select $3::text::bigint))
  and (${alias}.epoch < (select epoch from es.meta) or ${alias}.tx < pg_snapshot_xmin(pg_current_snapshot()))`;
