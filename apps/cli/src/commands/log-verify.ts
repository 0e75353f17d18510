import { RollVerifier, type Verdict } from '@chancery/audit/roll';
import { type Context, defineCommand } from '../command.js';
import { Refused } from '../failure.js';
import { jsonLine } from '../json.js';
import { fileLines } from '../roll/file-lines.js';
import { liveLines, signedFrame } from '../roll/live-lines.js';
import { noteKeys } from '../roll/note-keys.js';
import { progress } from '../roll/progress.js';
import type { Terminal } from '../terminal.js';

export const logVerify = defineCommand({
  noun: 'log',
  verb: 'verify',
  operand: 'FILE',
  operandOptional: true,
  summary: 'Prove that the roll is what was recorded',
  details: [
    'Without FILE the roll of the running Chancery, from its first entry to its last. FILE is what log export or log prove wrote.',
    'With --key nothing else is needed: chancery log verify roll.jsonl --key roll.pub. Without it, the key is the running Chancery’s.',
    'Exit status 1, and the position of the first entry that is not proven, when anything is missing, changed or moved.',
  ],
  options: {
    key: { kind: 'text', value: 'PUBLIC', help: 'public key: NAME+ID+KEY, a JWK, a PEM, or a file with one of them', max: 8_192 },
  },
  examples: ['chancery log verify', 'chancery log verify roll.jsonl'],
  async run({ id: file, key }, { admin, json, terminal }) {
    const verifier = new RollVerifier(await noteKeys(key, admin));
    const batches = file === '' ? liveLines(admin, await signedFrame(admin, {})) : fileLines(file);
    conclude(await verdictOf(verifier, batches, terminal), { json, terminal });
  },
});

async function verdictOf(verifier: RollVerifier, batches: AsyncIterable<readonly Buffer[]>, terminal: Terminal): Promise<Verdict> {
  const shown = progress(terminal);
  try {
    for await (const lines of batches) {
      for (const line of lines) verifier.take(line);
      shown.at(verifier.progress);
    }
    return verifier.end();
  } finally {
    shown.end();
  }
}

function conclude(verdict: Verdict, { json, terminal }: Pick<Context, 'json' | 'terminal'>): void {
  if (json) terminal.out(jsonLine(verdict));
  if (!verdict.verified) throw new Refused(`the roll is broken at position ${verdict.position}: ${verdict.reason}`);
  const { from, to, size, checkpoints } = verdict;
  const under = `${checkpoints} signed ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}`;
  if (!json) terminal.out(`${terminal.paint('green', 'verified')}: entries ${from} to ${to} of a roll of ${size}, under ${under}`);
}
