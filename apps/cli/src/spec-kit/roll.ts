import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Handler, StandIn } from './stand-in.js';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** A roll of twelve entries under two checkpoints, a proof of its entry 7, and the key it was signed with. */
export const rollFiles = { roll: fixture('roll.v1.jsonl'), proof: fixture('proof.v1.jsonl'), key: fixture('roll.v1.pub') };
export const rollText = readFileSync(rollFiles.roll, 'utf8');
export const proofLine = readFileSync(rollFiles.proof, 'utf8').trimEnd();
export const keyText = readFileSync(rollFiles.key, 'utf8').trimEnd();

/** Serves a roll as the API does: that one, or what somebody made of it. */
export function serveRoll(chancery: StandIn, text = rollText): void {
  const [header = '', ...rest] = text.trimEnd().split('\n');
  const entries = rest.filter((line) => line.startsWith('{"position"'));
  const proofs = rest.filter((line) => !line.startsWith('{"position"'));
  Object.assign(chancery.handlers, {
    'GET /admin/v1/log/key': () => ({ body: { origin: 'id.example/roll/main', keys: [keyText] } }),
    'POST /admin/v1/log/checkpoint': () => ({ body: { size: 12, checkpoint: '' } }),
    'GET /admin/v1/log/export': () => ({ body: { from: 1, to: 12, header, proofs } }),
    'GET /admin/v1/log/export/entries': ({ query }) => ({
      body: { lines: entries.slice(Number(query.get('from')) - 1, Number(query.get('to'))) },
    }),
    'GET /admin/v1/log/proof/*': () => ({ body: { proof: proofLine } }),
  } satisfies Record<string, Handler>);
}
