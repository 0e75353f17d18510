import { chainEntry, entryLine, entryText } from '../roll/proof/entry-line.js';
import { Frontier } from '../roll/proof/frontier.js';
import { chainStart } from '../roll/proof/hashes.js';
import { printCheckpointLine, printHeader } from '../roll/proof/lines.js';
import { signCheckpoint } from '../roll/proof/checkpoint.js';
import { origin, type TestKey } from './roll.js';

/** What a roll of made-up entries says in their place. */
export const said = (position: number): object => ({ number: position, path: '/demo/notes' });

/** A whole export, made without a database: what an attacker who holds a key could write as well. */
export function rolled(
  count: number,
  key: TestKey,
  change: { sizes?: readonly number[]; say?: (position: number) => object; number?: (position: number) => number } = {},
): string[] {
  const { sizes = [count], say = said, number = (position: number) => position } = change;
  const frontier = Frontier.empty();
  const lines: string[] = [];
  const checkpoints: string[] = [];
  let before = chainStart;
  for (let position = 1; position <= count; position++) {
    const text = entryText({
      position: number(position),
      at: '2026-09-21T14:13:20.000001Z',
      type: 'activity.allowed',
      version: 1,
      stream: 'main/gateway/gw-1',
      revision: null,
      id: `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`,
      data: Buffer.from(JSON.stringify(say(position))),
    });
    const { hash, leaf } = chainEntry(before, text);
    frontier.push(leaf);
    lines.push(entryLine(text, hash));
    if (sizes.includes(position)) {
      const head = { origin, size: position, root: frontier.root };
      checkpoints.push(printCheckpointLine(signCheckpoint(head, key.privateKey, key.publicKey)));
    }
    before = hash;
  }
  const header = printHeader({ origin, from: 1, to: count, before: chainStart, frontier: [], checkpoints: sizes });
  return [header, ...lines, ...checkpoints];
}
