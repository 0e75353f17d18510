import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { defineCommand, reasonOption } from '../command.js';
import { Refused } from '../failure.js';
import { jsonLine } from '../json.js';

interface Made {
  readonly client_id: string;
  readonly operator: string;
  readonly revoked: readonly string[];
}

const script = new URL('../../../all-in-one/dist/operator-reset/main.js', import.meta.url);

export const operatorReset = defineCommand({
  noun: 'operator',
  verb: 'reset',
  summary: 'Replace a first operator whose credential is lost',
  details: [
    'Works on the database itself, with the settings a start has: CHANCERY_DATA, CHANCERY_DATABASE_URL, CHANCERY_ISSUER, CHANCERY_MASTER_KEY. A Chancery with an embedded PostgreSQL has to be stopped first.',
    'The first operators there were are revoked, for nobody knows who has their credentials. Operators that came with an IAT stay.',
    'The new credential replaces operator.json in the data folder.',
  ],
  options: { reason: reasonOption, keep: { kind: 'flag', help: 'do not revoke the first operators there are' } },
  examples: ['chancery operator reset --reason "laptop lost"'],
  async run({ reason, keep }, { json, terminal }) {
    const made = await reset([`--reason=${reason}`, ...(keep ? ['--keep'] : [])]);
    if (json) return terminal.out(jsonLine({ ...made }));
    terminal.out(`operator ${made.client_id}: its credential is in ${made.operator}`);
    for (const id of made.revoked) terminal.out(`operator ${id} is revoked`);
  },
});

/** @throws Refused with what the process says; it has said nothing else */
async function reset(args: readonly string[]): Promise<Made> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  await once(child, 'close');
  const made = /^chancery operator (\{.*\})$/m.exec(out.join(''))?.[1];
  if (made !== undefined) return JSON.parse(made) as Made;
  const why = /^chancery cannot start: (.*)$/m.exec(err.join(''))?.[1];
  throw new Refused(why ?? 'the operator could not be made');
}

function collect(stream: NodeJS.ReadableStream): string[] {
  const said: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => said.push(text));
  return said;
}
