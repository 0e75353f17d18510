import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, runProcess } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startOwnServer } from './demo/own-server.js';
import { withoutSettings } from './environment.js';
import { readOperator } from './operator.js';

const launcher = fileURLToPath(new URL('../bin/chancery.js', import.meta.url));
const script = fileURLToPath(new URL('../../all-in-one/dist/main.js', import.meta.url));

async function running(settings: Readonly<Record<string, string>>) {
  const variables = { ...withoutSettings(process.env), ...settings };
  const server = await startOwnServer({ script, variables, signal: new AbortController().signal });
  if (server === undefined) throw new Error('not started');
  onTestFinished(() => server.stop());
  const { issuer } = await readOperator(server.operatorFile);
  const env = { ...variables, CHANCERY_DATA: dirname(server.operatorFile), CHANCERY_PORT: new URL(issuer).port };
  const run = async (...args: string[]) => {
    const child = runProcess(launcher, { args, env });
    const { code } = await child.exit;
    return { code, out: child.stdout(), err: child.stderr() };
  };
  return { run, operator: () => readOperator(server.operatorFile) };
}

describe('operator reset', { timeout: 120_000 }, () => {
  it('makes an operator the command line works as from then on, and says who ended', async () => {
    const { run, operator } = await running({ CHANCERY_DATABASE_URL: await freshDatabase() });
    const before = await operator();
    const { code, out, err } = await run('operator', 'reset', '--reason', 'laptop lost', '--json');
    expect([code, err]).toEqual([0, '']);
    const after = await operator();
    expect(JSON.parse(out)).toMatchObject({ client_id: after.clientId, revoked: [before.clientId] });
    expect(await run('agent', 'list')).toMatchObject({ code: 0 });

    const again = await run('operator', 'reset', '--reason', 'again');
    expect(again.out).toContain(`operator ${after.clientId} is revoked`);
    expect(out + again.out).not.toContain('"d"');
  });

  it('leaves the folder to who serves from it, and says so', async () => {
    const { run, operator } = await running({});
    const before = await operator();
    const { code, out, err } = await run('operator', 'reset', '--reason', 'lost');
    expect([code, out, (await operator()).clientId]).toEqual([1, '', before.clientId]);
    expect(err).toMatch(/^chancery: .* is held by the running process \d+: stop it, .*\n$/);
  });
});
