import { defineCommand } from '../command.js';
import { WrongUsage } from '../failure.js';
import { jsonLine } from '../json.js';
import { liveLines, signedFrame } from '../roll/live-lines.js';
import { progress } from '../roll/progress.js';
import type { Frame } from '../roll/roll-api.js';
import { writeLines } from '../roll/write-lines.js';
import type { Terminal } from '../terminal.js';

export const logExport = defineCommand({
  noun: 'log',
  verb: 'export',
  operand: 'FILE',
  summary: 'Write the roll to a file that proves itself',
  details: [
    'One JSON object a line: a header, the entries in order, then signed checkpoints and proofs. A checkpoint is cut first.',
    'Whoever has the file and the public key can verify it: see log verify.',
  ],
  options: {
    from: { kind: 'integer', value: 'P', help: 'the first position; 1 unless told', min: 1 },
    to: { kind: 'integer', value: 'P', help: 'the last position; the last there is unless told', min: 1 },
  },
  examples: ['chancery log export roll.jsonl', 'chancery log export --from 1000 --to 2000 part.jsonl'],
  async run({ id: file, from, to }, { admin, json, terminal }) {
    if (to !== undefined && to < (from ?? 1)) throw new WrongUsage('--to is before --from');
    const frame = await signedFrame(admin, { from, to });
    await writeLines(file, watched(liveLines(admin, frame), frame, terminal));
    const { from: first, to: last } = frame;
    terminal.out(json ? jsonLine({ file, from: first, to: last }) : `entries ${first} to ${last} are in ${file}`);
  },
});

async function* watched(batches: AsyncIterable<readonly Buffer[]>, { from, to }: Frame, terminal: Terminal) {
  const shown = progress(terminal);
  let lines = 0;
  try {
    for await (const batch of batches) {
      yield batch;
      lines += batch.length;
      shown.at({ done: lines, of: to - from + 1 });
    }
  } finally {
    shown.end();
  }
}
