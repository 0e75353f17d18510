/** Days the store keeps an entry that could be forgotten; no grant lives as long, and no reader's xmin is as old. */
const keptDays = 31;

/**
 * Housekeeping: forgets entries that can hit nothing any more. Those of IATs, software, issuers and keys stay: an agent of a revoked IAT asks for
 * tokens as long as its lease lasts, and what makes that a refusal is the entry.
 */
export const pruneRevocations = `
  create function es.prune_revocations() returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    pruned integer;
  begin
    -- A bounded step: what has written and stays open holds the readers back.
    delete from es.revocation where key in (
      select key from es.revocation
        where kind in ('grant', 'agent', 'instance', 'user') and at < es.now() - interval '${keptDays} days' limit 10000);
    get diagnostics pruned = row_count;
    return pruned;
  end $$;
`;
