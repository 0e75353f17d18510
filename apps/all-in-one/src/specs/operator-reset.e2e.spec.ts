import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@chancery/eventstore/embedded';
import { freshDatabase, onlySettings, runProcess, type RunningProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { administer, askToken, type Client, operatorFrom } from '../spec-kit/clients.js';
import { readyLine, type Settings, startWith, toPeople } from '../spec-kit/own-server.js';

const script = fileURLToPath(new URL('../../dist/operator-reset/main.js', import.meta.url));
const timeout = 120_000;

async function world(settings: Settings = {}) {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const data = join(folder.path, 'data');
  const port = await freePort();
  const all = { CHANCERY_DATA: data, CHANCERY_PORT: String(port), CHANCERY_LOG_LEVEL: 'warn', ...settings };
  const start = async (): Promise<RunningProcess> => {
    const running = startWith(all);
    onTestFinished(async () => void (await running.kill('SIGTERM')));
    await readyLine(running);
    return running;
  };
  const reset = async (...args: string[]) => {
    const child = runProcess(script, { args, env: onlySettings(all) });
    const { code } = await child.exit;
    const made = /^chancery operator (\{.*\})$/m.exec(child.stdout())?.[1];
    return { code, said: toPeople(child.stderr()), made: made === undefined ? undefined : (JSON.parse(made) as Record<string, unknown>) };
  };
  const file = join(data, 'operator.json');
  return { data, file, start, reset, operator: () => operatorFrom(file) };
}

const admin = { scope: 'chancery:registry', method: 'GET', path: '/agents' };
const answers = async (operator: Client) => (await administer(operator, admin)).status;
const tokenOf = (operator: Client) => askToken(operator, { form: { resource: `${operator.issuer}/admin`, scope: 'chancery:registry' } });

/** Type, reason and author of what an agent's stream says, as the roll has it. */
async function said(operator: Client, agent: string) {
  const path = `/log?agent=${agent}`;
  const { body } = await administer(operator, { scope: 'chancery:audit', method: 'GET', path });
  const entries = body.entries as { type: string; data: { reason?: string; by: string } }[];
  return entries.filter(({ type }) => type.startsWith('agent.')).map(({ type, data: { reason, by } }) => [type, reason, by]);
}

describe('an operator whose credential is lost', { timeout }, () => {
  it('is replaced while nothing serves: the new one works, the one before is nobody', async () => {
    const { file, start, reset, operator } = await world();
    const running = await start();
    const before = operator();
    expect(await answers(before)).toBe(200);

    // Somebody serves from this folder.
    const credential = readFileSync(file, 'utf8');
    const refused = await reset('--reason', 'lost');
    expect([refused.code, refused.made, readFileSync(file, 'utf8')]).toEqual([1, undefined, credential]);
    expect(refused.said).toHaveLength(1);

    await running.kill('SIGTERM');
    const { code, made } = await reset('--reason', 'laptop lost');
    const after = operator();
    expect([code, made]).toEqual([0, { client_id: after.clientId, operator: file, revoked: [before.clientId] }]);
    expect(after.clientId).not.toBe(before.clientId);
    expect([statSync(file).mode & 0o777, existsSync(`${file}.draft`)]).toEqual([0o600, false]);

    await start();
    expect((await tokenOf(before)).body).toMatchObject({ error: 'invalid_client' });
    await waitFor(async () => (await said(after, before.clientId)).length === 2);
    expect(await said(after, before.clientId)).toEqual([
      ['agent.registered', undefined, 'system'],
      ['agent.revoked', 'laptop lost', 'system'],
    ]);
    expect(await said(after, after.clientId)).toEqual([['agent.registered', 'laptop lost', 'system']]);
  });

  it('is replaced while others serve from a server of their own, which hear of it at once; or kept beside the new one', async () => {
    const { start, reset, operator } = await world({ CHANCERY_DATABASE_URL: await freshDatabase() });
    await start();
    const first = operator();
    expect((await reset('--reason', 'a second pair of eyes', '--keep')).made).toMatchObject({ revoked: [] });
    const second = operator();
    expect([await answers(first), await answers(second)]).toEqual([200, 200]);

    const { made } = await reset('--reason', 'both lost');
    expect((made as { revoked: string[] }).revoked.toSorted()).toEqual([first.clientId, second.clientId].toSorted());
    expect([(await tokenOf(first)).status, (await tokenOf(second)).status]).toEqual([401, 401]);
    expect(await answers(operator())).toBe(200);
  });

  it('is made nowhere that was not started, with nothing left behind', async () => {
    const { data, reset } = await world();
    expect(await reset('--reason', 'lost')).toEqual({
      code: 2,
      made: undefined,
      said: ['chancery cannot start: CHANCERY_DATA: nothing was started with this folder and database yet'],
    });
    expect(existsSync(data)).toBe(false);
  });

  it.each([[], ['--reason', ''], ['--reason', 'x'.repeat(513)], ['--reason', 'lost', '--all']])(
    'needs a reason, and no more: %j',
    async (...args) => {
      const { reset } = await world();
      expect(await reset(...args)).toMatchObject({ code: 2, made: undefined });
    },
  );
});
