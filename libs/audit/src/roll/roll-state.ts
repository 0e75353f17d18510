import type { DataSource, EntityManager } from 'typeorm';
import { Frontier } from './proof/frontier.js';
import { chainStart } from './proof/hashes.js';
import { subtreesOf } from './proof/ranges.js';
import { RollBroken } from './roll-broken.js';
import { subtreeHashes } from './subtrees.js';

/** Where the roll ends. */
export interface RollState {
  /** Chain hash of its last entry. */
  readonly chain: Buffer;
  readonly frontier: Frontier;
}

/** @throws RollBroken where subtrees that must be there are gone */
export async function readRollState(database: Pick<DataSource | EntityManager, 'query'>, tenant: string): Promise<RollState> {
  const [last]: { position: string; hash: Buffer }[] = await database.query(
    'SELECT position, hash FROM audit.roll_entry WHERE tenant = $1 ORDER BY position DESC LIMIT 1',
    [tenant],
  );
  const size = Number(last?.position ?? 0);
  const frontier = Frontier.of(size, await subtreeHashes(database, tenant, subtreesOf({ from: 0, to: size })));
  if (frontier === undefined) throw new RollBroken('subtrees of the roll are missing');
  return { chain: last?.hash ?? chainStart, frontier };
}
