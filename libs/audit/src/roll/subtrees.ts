import type { DataSource, EntityManager } from 'typeorm';
import { foldSubtrees } from './proof/frontier.js';
import { hashBytes } from './proof/hashes.js';
import { type Range, type Subtree, subtreesOf } from './proof/ranges.js';

type Database = Pick<DataSource | EntityManager, 'query'>;

/** Hashes of ranges of the tree, in their order. One that cannot be worked out, for entries are gone, is left out: the proof then fails. */
export async function hashesOf(database: Database, tenant: string, ranges: readonly Range[]): Promise<readonly Buffer[]> {
  const made = ranges.map(subtreesOf);
  const found = await readSubtrees(database, tenant, made.flat());
  return made.flatMap((subtrees) => {
    const hashes = subtrees.flatMap((subtree) => found(subtree) ?? []);
    return hashes.length === subtrees.length ? [foldSubtrees(hashes)] : [];
  });
}

/** Hashes of complete subtrees, those that are there. */
export async function subtreeHashes(database: Database, tenant: string, subtrees: readonly Subtree[]): Promise<readonly Buffer[]> {
  const found = await readSubtrees(database, tenant, subtrees);
  return subtrees.flatMap((subtree) => found(subtree) ?? []);
}

async function readSubtrees(
  database: Database,
  tenant: string,
  subtrees: readonly Subtree[],
): Promise<(subtree: Subtree) => Buffer | undefined> {
  const rows: { position: string; subtrees: Buffer }[] = await database.query(
    'SELECT position, subtrees FROM audit.roll_entry WHERE tenant = $1 AND position = ANY($2::bigint[])',
    [tenant, subtrees.map(({ last }) => last)],
  );
  const byLast = new Map(rows.map((row) => [Number(row.position), row.subtrees]));
  return ({ level, last }) => {
    const hash = byLast.get(last)?.subarray(level * hashBytes, (level + 1) * hashBytes);
    return hash?.length === hashBytes ? hash : undefined;
  };
}
