import { openCheckpoint } from './checkpoint.js';
import { beginsAs } from './entry-line.js';
import { leafHash } from './hashes.js';
import type { InclusionProof } from './lines.js';
import type { NoteKey } from './note-key.js';
import type { Verdict } from './verdict.js';
import { rootByInclusion } from './verify-proofs.js';

/** Whether an entry is in the roll that a checkpoint of one of the keys stands for (RFC 9162 §2.1.3.2). */
export function verifyInclusion({ origin, position, size, path, entry, checkpoint }: InclusionProof, keys: readonly NoteKey[]): Verdict {
  const head = openCheckpoint(checkpoint, keys);
  if (head?.origin !== origin || head.size !== size)
    return { verified: false, position, reason: 'the checkpoint over it is not signed by the key' };
  const line = Buffer.from(entry);
  const root = rootByInclusion({ index: position - 1, size, leaf: leafHash(line), path });
  if (!beginsAs(position, line) || !root?.equals(head.root))
    return { verified: false, position, reason: 'the entry is not one that was signed' };
  return { verified: true, from: position, to: position, size, checkpoints: 1 };
}
