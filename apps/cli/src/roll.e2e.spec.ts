import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess, temporaryFolder } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from './admin.js';
import { type OwnServer, startOwnServer } from './demo/own-server.js';
import { withoutSettings } from './environment.js';
import { readOperator } from './operator.js';
import { readKeys } from './roll/roll-api.js';

const launcher = fileURLToPath(new URL('../bin/chancery.js', import.meta.url));
const script = fileURLToPath(new URL('../../all-in-one/dist/main.js', import.meta.url));
const verifier = fileURLToPath(new URL('../../../examples/verify-roll/verify-roll.mjs', import.meta.url));

let server: OwnServer;
let key: string;
const folder = temporaryFolder();
beforeAll(async () => {
  const started = await startOwnServer({ script, variables: withoutSettings(process.env), signal: new AbortController().signal });
  if (started === undefined) throw new Error('not started');
  server = started;
  const admin = openAdmin(() => readOperator(server.operatorFile));
  key = (JSON.parse(await readKeys(admin)) as { keys: string[] }).keys[0] ?? '';
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

async function run(...args: string[]) {
  const child = runProcess(launcher, { args });
  const { code } = await child.exit;
  return { code, out: child.stdout(), err: child.stderr() };
}
const online = (line: string) => run(...line.split(' '), '--operator', server.operatorFile);
const independently = (file: string) =>
  new Promise<string>((resolve) => execFile(process.execPath, [verifier, file, key], (_error, stdout) => resolve(stdout.trim())));

describe('the roll of a running Chancery', { timeout: 60_000 }, () => {
  it('is verified live, exported, and verified by two programs that never call it', async () => {
    await online('iat mint --class default');
    expect(await online('log verify')).toMatchObject({ code: 0, err: '' });
    const file = join(folder.path, 'roll.jsonl');
    expect(await online(`log export ${file}`)).toMatchObject({ code: 0, err: '' });
    expect(await run('log', 'verify', file, '--key', key)).toMatchObject({ code: 0, err: '' });
    expect(await independently(file)).toBe('verified');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const types = lines.map((line) => (JSON.parse(line) as { type?: string }).type);
    for (const type of ['iat.minted', 'agent.registered', 'activity.allowed', 'grant.token-issued']) expect(types).toContain(type);

    const changed = join(folder.path, 'changed.jsonl');
    const position = types.indexOf('iat.minted');
    const minted = String(lines[position]);
    writeFileSync(changed, `${lines.with(position, minted.replace('"uses":1', '"uses":9')).join('\n')}\n`);
    expect(await independently(changed)).toBe(`broken at position ${position}`);
    expect((await run('log', 'verify', changed, '--key', key)).err).toContain(`broken at position ${position}:`);
  });

  it('proves one entry to an outsider', async () => {
    const { code, out } = await online('log prove 3');
    const file = join(folder.path, 'proof.jsonl');
    writeFileSync(file, out);
    expect([code, await independently(file)]).toEqual([0, 'verified']);
  });

  it('is proven in part', async () => {
    const file = join(folder.path, 'part.jsonl');
    expect((await online(`log export --from 4 --to 9 ${file}`)).out).toBe(`entries 4 to 9 are in ${file}\n`);
    expect((await run('log', 'verify', file, '--key', key)).out).toMatch(
      /^verified: entries 4 to 9 of a roll of \d+, under \d+ signed checkpoints?\n$/,
    );
    expect(await independently(file)).toBe('verified');
  });
});
