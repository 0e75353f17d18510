import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKey } from '@chancery/oauth/client';
import { runProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { register } from './demo/agent.js';
import { type OwnServer, startOwnServer } from './demo/own-server.js';
import { withoutSettings } from './environment.js';
import { readOperator } from './operator.js';

const launcher = fileURLToPath(new URL('../bin/chancery.js', import.meta.url));
const script = fileURLToPath(new URL('../../all-in-one/dist/main.js', import.meta.url));

let server: OwnServer;
let issuer: string;
beforeAll(async () => {
  const started = await startOwnServer({ script, variables: withoutSettings(process.env), signal: new AbortController().signal });
  if (started === undefined) throw new Error('not started');
  server = started;
  ({ issuer } = await readOperator(server.operatorFile));
});
afterAll(() => server.stop());

const start = (line: string) => runProcess(launcher, { args: [...line.split(' '), '--operator', server.operatorFile] });

async function run(line: string) {
  const child = start(line);
  const { code } = await child.exit;
  return { code, out: child.stdout(), err: child.stderr() };
}

async function json<T>(line: string): Promise<T> {
  const { code, out, err } = await run(`${line} --json`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as T;
}

interface Minted {
  id: string;
  initial_access_token: string;
}

async function registered(iat: Minted): Promise<string> {
  const { status, body } = await register(issuer, iat.initial_access_token, generateKey());
  expect(status).toBe(201);
  return (body as { client_id: string }).client_id;
}

describe('the command line against a running Chancery', { timeout: 60_000 }, () => {
  it('mints what opens as many registrations as it says', async () => {
    const minted = await json<Minted & Record<string, unknown>>('iat mint --class default --uses 2 --expires-in 600');
    expect(Object.keys(minted).toSorted()).toEqual(['class', 'expires_at', 'id', 'initial_access_token', 'uses']);
    expect(minted).toMatchObject({ class: 'default', uses: 2 });
    await registered(minted);
    await registered(minted);
    const third = await register(issuer, minted.initial_access_token, generateKey());
    expect(third).toMatchObject({ status: 401, error: 'invalid_token' });
  });

  it('lists and shows an agent, and ends it for good', async () => {
    const agent = await registered(await json<Minted>('iat mint --class default'));
    const listed = await waitFor(async () => {
      const { agents } = await json<{ agents: { client_id: string; status: string }[] }>('agent list');
      return agents.find(({ client_id: id }) => id === agent);
    });
    expect(listed).toMatchObject({ status: 'active', class: 'default', scope: 'demo:read demo:write' });
    expect(await json(`agent show ${agent}`)).toMatchObject({
      client_id: agent,
      status: 'active',
      auth_method: 'private_key_jwt',
      dpop_bound: true,
    });

    const first = await json<{ at: string; position: string; gateways: object }>(`revoke agent ${agent} --reason stolen`);
    // By its position: the T that covers it comes with the next heartbeat, up to a second later.
    const after_ms = expect.toSatisfy((ms: unknown) => typeof ms === 'number' && ms >= 0 && ms < 900) as number;
    expect(first).toMatchObject({
      already: false,
      position: expect.stringMatching(/^\d+$/) as string,
      gateways: { in_force: 1, of: 1, after_ms },
    });
    expect(Math.abs(Date.parse(first.at) - Date.now())).toBeLessThan(60_000);
    const { at, position } = first;
    const again = await json(`revoke agent ${agent} --reason again`);
    expect(again).toEqual({ already: true, at, position, gateways: { in_force: 1, of: 1 } });
    expect(await json(`agent show ${agent}`)).toMatchObject({ status: 'revoked' });
    expect((await run('agent list')).out).toContain(agent);
  });

  it('defines a class from what another says, and lets in who waits', async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder.remove());
    const { definition } = await json<{ definition: object }>('class show default');
    const file = join(folder.path, 'waiting.json');
    writeFileSync(file, JSON.stringify({ ...definition, approval_required: true, max_agents: 1 }));
    expect(await json(`class define waiting --file ${file}`)).toMatchObject({ class: 'waiting', version: 1 });
    expect(await json(`class diff waiting --file ${file}`)).toMatchObject({ from: 1, changes: [] });
    expect((await run('class list')).out).toContain('waiting');
    const agent = await registered(await json<Minted>('iat mint --class waiting'));
    expect(await json(`agent show ${agent}`)).toMatchObject({ status: 'pending', class: 'waiting' });
    expect(await json(`agent approve ${agent} --reason known`)).toMatchObject({ already: false });
    expect(await json(`agent show ${agent}`)).toMatchObject({ status: 'active' });
    const late = await json<Minted>('iat mint --class waiting');
    const full = await register(issuer, late.initial_access_token, generateKey());
    expect(full).toMatchObject({ status: 400, error: 'invalid_client_metadata' });
  });

  it('waits until a revocation is in force at the gateway, unless told not to', async () => {
    const iat = await json<Minted>('iat mint --class default');
    const { code, out, err } = await run(`revoke iat ${iat.id} --reason leaked`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/, at \S+ \S+Z\n {2}in force at 1 of 1 gateway after \d+ ms\n$/);
    const other = await json<Minted>('iat mint --class default');
    expect(await json(`revoke iat ${other.id} --reason leaked --no-wait`)).not.toHaveProperty('gateways');
  });

  it('closes an initial access token, and ends all that came from it', async () => {
    const iat = await json<Minted>('iat mint --class default --uses 3');
    const agent = await registered(iat);
    expect(await json(`revoke iat ${iat.id} --reason enough --close`)).toMatchObject({ already: false });
    expect(await register(issuer, iat.initial_access_token, generateKey())).toMatchObject({ status: 401 });
    expect(await json(`agent show ${agent}`)).toMatchObject({ status: 'active' });
    expect(await json(`iat revoke ${iat.id} --reason leaked`)).toMatchObject({ already: false });
    expect(await json(`agent show ${agent}`)).toMatchObject({ status: 'revoked' });
  });

  it('reads and follows the log', async () => {
    const tail = start('log tail --json --type iat.minted');
    const { id } = await json<Minted>('iat mint --class default --note followed');
    const line = await tail.line(id);
    expect(JSON.parse(line)).toMatchObject({ type: 'iat.minted', data: { iatId: id, note: 'followed' } });
    expect(await tail.kill('SIGINT')).toEqual({ code: 0, signal: null });

    const { position } = JSON.parse(line) as { position: number };
    const listed = await run(`log list --json --type iat.minted --since ${position - 1}`);
    expect(listed.out).toBe(`${line}\n`);
    expect(await run(`log list --json --type iat.minted --since ${position}`)).toEqual({ code: 0, out: '', err: '' });
  });

  it.each([
    ['agent show ag_nobody', 'there is no such agent'],
    ['revoke agent ag_nobody --reason x', 'there is no such agent'],
    ['revoke grant gr_nobody --reason x', 'there is no such grant'],
    ['revoke iat it_nobody --reason x', 'there is no such initial access token'],
    ['iat mint --class nowhere', 'could not mint an initial access token of class nowhere'],
  ])('exits 1 and says what to do: %s', async (line, message) => {
    const { code, out, err } = await run(line);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('that ends the very operator that runs it says that the waiting is over, and that it stands', async () => {
    const { clientId } = await readOperator(server.operatorFile);
    const { code, out, err } = await run(`revoke agent ${clientId} --reason farewell`);
    expect(code).toBe(0);
    expect(out).toContain(`agent ${clientId} is revoked, at `);
    expect(err).toContain('chancery: it stands, but waiting for gateways is over: ');
    expect((await run('agent list')).code).toBe(1);
  });
});
