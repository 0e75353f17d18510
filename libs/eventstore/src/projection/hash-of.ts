import { createHash } from 'node:crypto';
import { type Queryable, rowsOf } from '../reader/queryable.js';
import { quoted } from './rebuild.js';

/** SHA-256 over the sorted, normalised rows of these tables, in hex: equal for the live and the rebuilt one, or the projection is wrong (REL-F7). */
export async function hashOf(queryable: Queryable, tables: readonly string[]): Promise<string> {
  const whole = createHash('sha256');
  for (const table of tables) {
    // Each row as jsonb (its keys sorted) is hashed in the database, so that a large table travels as one short text.
    const [row] = await rowsOf<{ hash: string }>(
      queryable,
      `select encode(sha256(convert_to(coalesce(string_agg(one.hash, '' order by one.hash collate "C"), ''), 'UTF8')), 'hex') as hash
       from (select encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex') as hash from ${quoted(table)} t) one`,
    );
    whole.update(`${table}:${row?.hash}\n`);
  }
  return whole.digest('hex');
}
