import type { DataSource } from 'typeorm';
import { checkpointsOver, latestCheckpoint } from './checkpoints.js';
import type { RollDeps } from './cut-checkpoint.js';
import { entryColumns, entryOf, type EntryRow } from './entries.js';
import { entryLine, entryText } from './proof/entry-line.js';
import { chainStart } from './proof/hashes.js';
import { printCheckpointLine, printConsistencyLine, printHeader, printInclusionProof } from './proof/lines.js';
import { consistencyRanges, inclusionRanges, subtreesOf } from './proof/ranges.js';
import { hashesOf, subtreeHashes } from './subtrees.js';

/** The lines around a range's entries. */
export interface Frame {
  readonly from: number;
  readonly to: number;
  readonly header: string;
  /** Checkpoints and proofs, for behind the entries. */
  readonly proofs: readonly string[];
}

/** Undefined where a checkpoint over the last of them is missing: they are not there, or not signed yet. `to`: unless told, all that is signed. */
export async function frameOf(asked: { from: number; to?: number }, deps: RollDeps): Promise<Frame | undefined> {
  const { dataSource, tenant, origin } = deps;
  const { kid } = deps.key();
  const { from, to = (await latestCheckpoint(dataSource, tenant, kid))?.size ?? 0 } = asked;
  const checkpoints = await checkpointsOver(dataSource, tenant, { from, to, kid });
  const last = checkpoints.at(-1)?.size ?? 0;
  if (from > to || last < to) return undefined;
  const header = printHeader({
    origin,
    from,
    to,
    before: await hashAt(dataSource, tenant, from - 1),
    frontier: await subtreeHashes(dataSource, tenant, subtreesOf({ from: 0, to: from - 1 })),
    checkpoints: checkpoints.map(({ size }) => size),
  });
  const proofs = checkpoints.map(({ note }) => printCheckpointLine(note));
  if (last === to) return { from, to, header, proofs };
  const hashes = await hashesOf(dataSource, tenant, consistencyRanges(to, last));
  return { from, to, header, proofs: [...proofs, printConsistencyLine({ from: to, to: last, hashes })] };
}

async function hashAt(dataSource: DataSource, tenant: string, position: number): Promise<Buffer> {
  const [row]: { hash: Buffer }[] = await dataSource.query('SELECT hash FROM audit.roll_entry WHERE tenant = $1 AND position = $2', [
    tenant,
    position,
  ]);
  return row?.hash ?? chainStart;
}

/** Lines of the entries between two positions, both included. One that is gone has none. */
export async function entryLines(dataSource: DataSource, tenant: string, { from, to }: { from: number; to: number }): Promise<string[]> {
  const rows: (EntryRow & { hash: Buffer })[] = await dataSource.query(
    `SELECT ${entryColumns}, r.hash FROM audit.log_entry e JOIN audit.roll_entry r USING (tenant, position)
     WHERE tenant = $1 AND position BETWEEN $2 AND $3 ORDER BY position`,
    [tenant, from, to],
  );
  return rows.map(({ hash, ...row }) => entryLine(entryText(entryOf(row)), hash));
}

/** An inclusion proof, as one line. Undefined where no checkpoint covers the position, or the entry is gone. */
export async function proofOf(position: number, deps: RollDeps): Promise<string | undefined> {
  const { dataSource, tenant, origin } = deps;
  const checkpoint = await latestCheckpoint(dataSource, tenant, deps.key().kid);
  const [entry] = await entryLines(dataSource, tenant, { from: position, to: position });
  if (checkpoint === undefined || entry === undefined || position > checkpoint.size) return undefined;
  const { size, note } = checkpoint;
  const path = await hashesOf(dataSource, tenant, inclusionRanges(position - 1, size));
  return printInclusionProof({ origin, position, size, path, entry, checkpoint: note });
}
