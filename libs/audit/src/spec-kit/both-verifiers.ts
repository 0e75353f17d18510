import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@chancery/testing';
import { onTestFinished } from 'vitest';
import { printNoteKey } from '../roll/proof/note-key.js';
import { RollVerifier } from '../roll/proof/roll-verifier.js';
import { origin, type TestKey } from './roll.js';

const script = fileURLToPath(new URL('../../../../examples/verify-roll/verify-roll.mjs', import.meta.url));

/** `verified`, or the position that was named: by ours, and by the one that shares no code with it. */
export async function bothSay(file: Buffer | string[], key: TestKey): Promise<readonly (number | 'verified')[]> {
  const bytes = Buffer.isBuffer(file) ? file : Buffer.from(`${file.join('\n')}\n`);
  return [ours(bytes, key), await theirs(bytes, key)];
}

/** What ours says: a position, or `verified`. */
export function ours(bytes: Buffer, key: TestKey): number | 'verified' {
  const verifier = new RollVerifier([key.note]);
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    verifier.take(bytes.subarray(start, end < 0 ? bytes.length : end + 1));
    start = end < 0 ? bytes.length : end + 1;
  }
  const verdict = verifier.end();
  return verdict.verified ? 'verified' : verdict.position;
}

async function theirs(bytes: Buffer, key: TestKey): Promise<number | 'verified'> {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const path = join(folder.path, 'roll.jsonl');
  writeFileSync(path, bytes);
  const { code, out } = await new Promise<{ code: unknown; out: string }>((resolve) => {
    execFile(process.execPath, [script, path, printNoteKey(origin, key.publicKey)], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, out: stdout + stderr }),
    );
  });
  if (code === 0 && out === 'verified\n') return 'verified';
  const position = /^broken at position (\d+)\n$/.exec(out)?.[1];
  if (code !== 1 || position === undefined) throw new Error(`the verifier failed: ${out}`);
  return Number(position);
}
