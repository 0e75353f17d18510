/**
 * After a restore or a promotion the transaction counter may stand behind what is recorded, and readers order by it.
 * A new epoch orders everything from now on behind everything before.
 */
export const beginEpoch = `
  create function es.begin_epoch() returns integer
  language sql volatile security definer
  set search_path = pg_catalog, pg_temp
  as 'update es.meta set epoch = epoch + 1 returning epoch';
`;
