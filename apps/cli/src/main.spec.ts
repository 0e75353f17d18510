import { execFile } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromSources, runProcess, temporaryFolder } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standIn, type StandIn } from './spec-kit/stand-in.js';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const entry = { position: 1, at: '2026-11-24T22:57:03Z', type: 'grant.revoked', stream: 'main/grant/gr_1', data: {} };

let chancery: StandIn;
beforeEach(async () => (chancery = await standIn()));
afterEach(() => chancery.close());

const start = (args: readonly string[], env: Record<string, string | undefined> = {}) =>
  runProcess(main, { args, nodeArgs: fromSources, env });

describe('the process', () => {
  it('finds the credential in CHANCERY_DATA and exits 0', async () => {
    chancery.handlers['GET /admin/v1/agents'] = () => ({ body: { agents: [], as_of: 1 } });
    const child = start(['agent', 'list', '--json'], { CHANCERY_DATA: join(chancery.operatorFile, '..') });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stdout()).toBe('{"agents":[],"as_of":1}\n');
    expect(child.stderr()).toBe('');
  });

  it('exits 1 when refused and 2 when misused, saying so on standard error alone', async () => {
    const refused = start(['agent', 'list', '--operator', '/nowhere/operator.json']);
    const misused = start(['agent', 'lst']);
    expect([(await refused.exit).code, (await misused.exit).code]).toEqual([1, 2]);
    expect(refused.stdout() + misused.stdout()).toBe('');
    expect(refused.stderr()).toContain('/nowhere/operator.json');
    expect(misused.stderr()).toContain('"agent" takes: list, show');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends a tail with exit 0 on %s', async (signal) => {
    chancery.handlers['GET /admin/v1/log'] = ({ query }) =>
      query.has('since') ? new Promise(() => undefined) : { body: { entries: [entry] } };
    const child = start(['log', 'tail', '--json', '--operator', chancery.operatorFile]);
    await child.line(/"position":1/);
    expect(await child.kill(signal)).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
  });

  it('prints no colours into a pipe', async () => {
    chancery.handlers['GET /admin/v1/log'] = ({ query }) => ({ body: { entries: query.has('since') ? [] : [entry] } });
    const child = start(['log', 'list', '--operator', chancery.operatorFile], { FORCE_COLOR: undefined });
    await child.exit;
    expect(child.stdout()).toContain('grant.revoked');
    expect(child.stdout()).not.toContain('\u001b');
  });

  it('leaves quietly when its reader has gone', async () => {
    let position = 0;
    chancery.handlers['GET /admin/v1/log'] = () => ({ body: { entries: [{ ...entry, position: ++position }] } });
    const command = [process.execPath, ...fromSources, main, 'log', 'tail', '--json', '--operator', chancery.operatorFile];
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', 'set -o pipefail; "$@" | head -n 1', 'bash', ...command]);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
  });
});

describe('the checked-in launcher', () => {
  it('says how to build what it loads', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder.path, 'bin'));
    cpSync(fileURLToPath(new URL('../bin/chancery.js', import.meta.url)), join(folder.path, 'bin', 'chancery.mjs'));
    const child = runProcess(join(folder.path, 'bin', 'chancery.mjs'));
    expect((await child.exit).code).toBe(1);
    expect(child.stderr()).toBe('chancery: the command line is not built yet: run `npm start` or `npm run build` once\n');
    folder.remove();
  });
});
