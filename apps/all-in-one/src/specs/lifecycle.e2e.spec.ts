import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gone, report, type RunningProcess, since, temporaryFolder, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administer, type Answer, askToken, type Client, newAgent, operatorFrom } from '../spec-kit/clients.js';
import { inForeground } from '../spec-kit/foreground.js';
import { postgresPid, readyLine, startWith, toPeople } from '../spec-kit/own-server.js';
import { freePort } from '@chancery/eventstore/embedded';

const timeout = 120_000;

/** Milliseconds that were promised, doubled: two cores and a whole test run beside it. */
const bound = { stop: 2 * 5_000, postgres: 2 * 3_000 };

/** One data folder through its life: made, stopped, killed, taken up again. */
describe('a start on an empty folder', () => {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  let settings: Record<string, string>;
  let issuer: string;
  let running: RunningProcess;
  let operator: Client;
  let agent: Client;
  let credential: string;
  const start = async () => {
    const began = performance.now();
    running = startWith(settings);
    await readyLine(running);
    return since(began);
  };
  const listAgents = (): Promise<Answer> => administer(operator, { scope: 'chancery:registry', method: 'GET', path: '/agents' });
  beforeAll(async () => {
    const port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    settings = { CHANCERY_DATA: data, CHANCERY_PORT: String(port), CHANCERY_LOG_LEVEL: 'warn' };
    report('first start', { ready: await start(), unit: 'ms' });
    operator = operatorFrom(join(data, 'operator.json'));
    credential = readFileSync(join(data, 'operator.json'), 'utf8');
    agent = await newAgent(operator);
  }, timeout);
  afterAll(async () => {
    const postgres = postgresPid(data);
    await running?.kill('SIGKILL');
    if (postgres !== undefined && !gone(postgres)) process.kill(postgres, 'SIGKILL');
    folder.remove();
  });

  it('says on standard output that it is ready, and nothing else (design §12)', () => {
    const ready = { issuer, console: `${issuer}/console/`, operator: join(data, 'operator.json') };
    expect(running.stdout()).toBe(`chancery ready ${JSON.stringify(ready)}\n`);
  });

  it("leaves the first operator's credential, for its owner's eyes only, and it works", async () => {
    expect(statSync(join(data, 'operator.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(credential)).toEqual({
      issuer,
      client_id: operator.clientId,
      private_key: {
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        d: expect.any(String),
        kid: operator.key.thumbprint,
        alg: 'ES256',
      },
    });
    expect(statSync(join(data, 'master.key')).mode & 0o777).toBe(0o600);
    expect((await listAgents()).status).toBe(200);
  });

  it(
    'is not disturbed by a second start on the same data, which says in one line which process holds it',
    async () => {
      const second = startWith({ ...settings, CHANCERY_PORT: String(await freePort()) });
      expect((await second.exit).code).toBe(1);
      expect(second.stdout()).toBe('');
      expect(second.stderr()).toBe(
        `chancery cannot start: The data in ${data} is held by the running process ${running.pid}: stop it, or set CHANCERY_DATA to another folder\n`,
      );
      expect((await askToken(agent)).status).toBe(200);
    },
    timeout,
  );

  it(
    'starts its PostgreSQL again when that dies, and goes on issuing within 3 s',
    async () => {
      const before = postgresPid(data) as number;
      const killed = performance.now();
      process.kill(before, 'SIGKILL');
      await waitFor(async () => gone(before) && (await askToken(agent)).status === 200, { timeout: 30_000 });
      const took = since(killed);
      report('PostgreSQL, kill -9 to the next token', { took, unit: 'ms' });
      expect(took).toBeLessThan(bound.postgres);
      expect(postgresPid(data)).not.toBe(before);
      expect(toPeople(running.stderr())).toEqual(['PostgreSQL ended (SIGKILL) and is started again']);
    },
    timeout,
  );

  it(
    'leaves nothing behind after Ctrl-C, though somebody is waiting for an answer',
    async () => {
      const postgres = postgresPid(data) as number;
      const head = (await administer(operator, { scope: 'chancery:audit', method: 'GET', path: '/log?limit=1000' })).body.entries.at(
        -1,
      ).position;
      const waiting = administer(operator, { scope: 'chancery:audit', method: 'GET', path: `/log?since=${head + 1_000}&wait=25` }).catch(
        () => 'cut',
      );
      await waitFor(async () => (await listAgents()).status === 200);
      const began = performance.now();
      const exit = await running.kill('SIGINT');
      const took = since(began);
      report('Ctrl-C', { took, unit: 'ms' });
      expect(exit).toEqual({ code: 0, signal: null });
      expect(took).toBeLessThan(bound.stop);
      expectStopped(data, postgres);
      await waiting;
      await expect(fetch(`${issuer}/health/live`)).rejects.toThrow('fetch failed');
    },
    timeout,
  );

  it(
    'finds everything again at the next start, and makes no other operator',
    async () => {
      report('second start', { ready: await start(), unit: 'ms', promised: 6_000 });
      expect(readFileSync(join(data, 'operator.json'), 'utf8')).toBe(credential);
      const { body } = await listAgents();
      expect(body.agents.map((one: { client_id: string }) => one.client_id)).toEqual([operator.clientId, agent.clientId]);
      expect((await askToken(agent)).status).toBe(200);
    },
    timeout,
  );

  it(
    'cleans up after a kill -9 by itself, the PostgreSQL that was left running included',
    async () => {
      const postgres = postgresPid(data) as number;
      await running.kill('SIGKILL');
      expect(gone(postgres)).toBe(false);
      report('start after kill -9', { ready: await start(), unit: 'ms' });
      expect(gone(postgres)).toBe(true);
      expect(toPeople(running.stderr())).toEqual([]);
      expect((await askToken(agent)).status).toBe(200);
      await running.kill('SIGTERM');
    },
    timeout,
  );

  it(
    'ends in order when Ctrl-C reaches everything that runs in the terminal',
    async () => {
      const terminal = inForeground(settings);
      await waitFor(() => terminal.stdout().includes('chancery ready '), { timeout: 60_000 });
      const postgres = postgresPid(data) as number;
      const began = performance.now();
      terminal.ctrlC();
      expect(await terminal.exit).toBe(0);
      const took = since(began);
      report('Ctrl-C in a terminal', { took, unit: 'ms' });
      expect(took).toBeLessThan(bound.stop);
      expectStopped(data, postgres);
    },
    timeout,
  );

  it(
    'leaves nothing behind after Ctrl-C in the middle of a start',
    async () => {
      running = startWith(settings);
      const postgres = await waitFor(() => postgresPid(data), { timeout: 60_000 });
      const began = performance.now();
      await running.kill('SIGINT');
      report('Ctrl-C during a start', { took: since(began), unit: 'ms' });
      expect(since(began)).toBeLessThan(bound.stop);
      expect(running.stdout()).toBe('');
      expectStopped(data, postgres);
    },
    timeout,
  );
});

function expectStopped(data: string, postgres: number): void {
  expect(gone(postgres)).toBe(true);
  expect(postgresPid(data)).toBeUndefined();
  expect(existsSync(join(data, 'chancery.lock'))).toBe(false);
  expect(existsSync(join(data, 'postgres.lock'))).toBe(false);
}
