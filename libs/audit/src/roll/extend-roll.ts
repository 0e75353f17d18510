import type { DataSource, EntityManager } from 'typeorm';
import { entryColumns, entryOf, type EntryRow } from './entries.js';
import { chainEntry, entryText, type RollEntry } from './proof/entry-line.js';
import { RollBroken } from './roll-broken.js';
import { readRollState, type RollState } from './roll-state.js';

/** Entries that one step chains: well under a second. */
const step = 5_000;

/**
 * Chains the log's entries that the roll does not have yet, from what the log holds, in their order, each once. Called under the lock of
 * `audit.head`. @throws RollBroken when the log is behind the roll, or has a gap
 */
export async function extendRoll(tenant: string, manager: EntityManager): Promise<void> {
  const state = await readRollState(manager, tenant);
  const rows: EntryRow[] = await manager.query(
    `SELECT ${entryColumns} FROM audit.log_entry e WHERE e.tenant = $1 AND e.position > $2 ORDER BY e.position LIMIT $3`,
    [tenant, state.frontier.size, step],
  );
  const [head]: { position: string }[] = await manager.query('SELECT position FROM audit.head WHERE tenant = $1', [tenant]);
  if (Number(head?.position ?? 0) < state.frontier.size) throw new RollBroken('the log numbers entries that the roll has already');
  await insertChained(tenant, chained(rows.map(entryOf), state), manager);
}

/** What one entry adds to the roll. */
export interface ChainedEntry {
  readonly position: number;
  readonly hash: Buffer;
  readonly subtrees: Buffer;
}

/** Chains entries to where the roll ends. @throws RollBroken where they do not follow it without a gap */
export function chained(entries: readonly RollEntry[], { chain, frontier }: RollState): readonly ChainedEntry[] {
  let before = chain;
  return entries.map((entry) => {
    if (entry.position !== frontier.size + 1) throw new RollBroken(`entry ${frontier.size + 1} of the log is missing`);
    const { hash, leaf } = chainEntry(before, entryText(entry));
    before = hash;
    return { position: entry.position, hash, subtrees: Buffer.concat(frontier.push(leaf)) };
  });
}

async function insertChained(tenant: string, rows: readonly ChainedEntry[], manager: EntityManager): Promise<void> {
  if (rows.length === 0) return;
  await manager.query(
    'INSERT INTO audit.roll_entry (tenant, position, hash, subtrees) SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[])',
    [tenant, rows.map(({ position }) => position), rows.map(({ hash }) => hash), rows.map(({ subtrees }) => subtrees)],
  );
}

/** Chains everything the log has, in transactions of one step each. @returns the roll's size */
export async function catchUp(dataSource: DataSource, tenant: string): Promise<number> {
  for (;;) {
    const { size, head } = await dataSource.transaction(async (manager) => {
      const [row]: { position: string }[] = await manager.query('SELECT position FROM audit.head WHERE tenant = $1 FOR UPDATE', [tenant]);
      await extendRoll(tenant, manager);
      return { size: (await readRollState(manager, tenant)).frontier.size, head: Number(row?.position ?? 0) };
    });
    if (size >= head) return size;
  }
}
