import { createPublicKey } from 'node:crypto';
import type { PublicKey, SigningKey } from '@chancery/platform';
import type { DataSource } from 'typeorm';
import { keepCheckpoint, latestCheckpoint, type StoredCheckpoint } from './checkpoints.js';
import { catchUp } from './extend-roll.js';
import { openCheckpoint, readCheckpoint, signCheckpoint, type TreeHead } from './proof/checkpoint.js';
import { consistencyRanges } from './proof/ranges.js';
import { consistent } from './proof/verify-proofs.js';
import { RollBroken } from './roll-broken.js';
import { readRollState } from './roll-state.js';
import { hashesOf } from './subtrees.js';

export interface RollDeps {
  readonly dataSource: DataSource;
  readonly tenant: string;
  /** What its checkpoints call the roll. */
  readonly origin: string;
  /** The key that signs checkpoints: Ed25519. @throws StoreUnavailable when there is none */
  readonly key: () => SigningKey;
  /** Keys that checkpoints may have been signed with. */
  readonly keys: () => readonly PublicKey[];
}

/**
 * Signs the roll as it is now, if it has grown or the key is a new one. @returns the newest checkpoint; undefined for an empty roll
 * @throws RollBroken rather than sign what contradicts the checkpoint before it (C2SP tlog-checkpoint, "Signatures")
 */
export async function cutCheckpoint(deps: RollDeps): Promise<StoredCheckpoint | undefined> {
  const { dataSource, tenant, origin } = deps;
  const { kid, privateKey } = deps.key();
  await catchUp(dataSource, tenant);
  const { frontier } = await readRollState(dataSource, tenant);
  const head: TreeHead = { origin, size: frontier.size, root: frontier.root };
  // Without a key to tell one by: after a change of keys the roll must still go on from where it was.
  const before = await latestCheckpoint(dataSource, tenant);
  if (before) await checkConsistency(before, head, deps);
  else if (head.size === 0) return undefined;
  if (before?.size === head.size && before.kid === kid) return before;

  const cut = { size: head.size, kid, note: signCheckpoint(head, privateKey, createPublicKey(privateKey)) };
  await keepCheckpoint(dataSource, tenant, cut);
  return cut;
}

async function checkConsistency(before: StoredCheckpoint, head: TreeHead, { dataSource, tenant, keys }: RollDeps): Promise<void> {
  const known = keys().filter(({ kid }) => kid === before.kid);
  // A key that is retired for long is published no more; then its word cannot be checked, only what it says.
  const signed = known.length > 0 ? openCheckpoint(before.note, known) : readCheckpoint(before.note);
  if (signed?.size !== before.size) throw new RollBroken('the checkpoint before is not the one that was signed');
  if (signed.size > head.size) throw new RollBroken('the roll is shorter than it was');
  const path = await hashesOf(dataSource, tenant, consistencyRanges(signed.size, head.size));
  if (!consistent({ size: signed.size, root: signed.root, laterSize: head.size, laterRoot: head.root, path }))
    throw new RollBroken('the roll is not what was signed before');
}
