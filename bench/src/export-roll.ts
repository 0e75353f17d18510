import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Operator } from './operator.js';

const page = 1_000;

/** Writes the roll as `chancery log export` does, over the operators' API. Answers its public keys, as text, and its size. */
export async function exportRoll(operator: Operator, file: string): Promise<{ key: string; entries: number }> {
  const ask = (method: string, path: string) => operator.act({ method, path: `/log${path}`, scope: 'chancery:audit' });
  await ask('POST', '/checkpoint');
  const { from, to, header, proofs } = (await ask('GET', '/export')) as {
    from: number;
    to: number;
    header: string;
    proofs: readonly string[];
  };
  const out = createWriteStream(file);
  const write = async (lines: readonly string[]) => {
    if (!out.write(lines.map((line) => `${line}\n`).join(''))) await once(out, 'drain');
  };
  await write([header]);
  for (let start = from; start <= to; start += page) {
    const { lines } = (await ask('GET', `/export/entries?from=${start}&to=${Math.min(to, start + page - 1)}`)) as {
      lines: readonly string[];
    };
    await write(lines);
  }
  await write(proofs);
  out.end();
  await once(out, 'finish');
  const { keys } = (await ask('GET', '/key')) as { keys: readonly string[] };
  return { key: JSON.stringify({ keys }), entries: to - from + 1 };
}
