import type { Behind } from '@chancery/testing';

/** Tables whose rows are changed over and over, with the space they take, indexes included. */
export const tableSizes = (behind: Behind): Promise<readonly { table: string; kilobytes: number }[]> =>
  behind.query(
    `select n.nspname || '.' || c.relname as "table", (pg_total_relation_size(c.oid) / 1024)::integer as kilobytes
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname || '.' || c.relname = any($1) order by 1`,
    [['es.checkpoint', 'es.leader', 'audit.head', 'audit.gateway', 'audit.gateway_list', 'audit.numbering']],
  );
