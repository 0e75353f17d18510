import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { gone, type RunningProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScript, type Settings } from '../spec-kit/run-script.js';

const timeout = 120_000;
const main = 'composed/dist/main.js';
const demo = 'cli/dist/demo/main.js';

interface Ready {
  readonly issuer: string;
  readonly console: string;
  readonly operator: string;
  readonly kafka: string;
  readonly pids: Readonly<Record<string, number>>;
}

const readyOf = async (running: RunningProcess): Promise<Ready> => {
  const line = await running.line(/^chancery ready /, 90_000);
  return JSON.parse(line.slice('chancery ready '.length)) as Ready;
};

/** Everything on one machine, through its life: made, parts killed and started again, stopped, started again, killed as a whole. */
describe('the composed start', () => {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  let settings: Settings;
  let running: RunningProcess;
  let ready: Ready;
  const start = async () => {
    running = runScript(main, settings);
    ready = await readyOf(running);
  };
  const plays = async (): Promise<number | null> => (await runScript(demo, settings).exit).code;
  const allGone = (pids: Ready['pids']) => waitFor(() => Object.values(pids).every(gone), { timeout: 30_000 });

  beforeAll(async () => {
    settings = { CHANCERY_DATA: data, CHANCERY_PORT: String(await freePort()), CHANCERY_LOG_LEVEL: 'warn' };
    await start();
  }, timeout);
  afterAll(async () => {
    await running?.kill('SIGKILL');
    await allGone(ready?.pids ?? {}).catch(() => undefined);
    folder.remove();
  });

  it('says on standard output that it is ready, with the broker and every process, and nothing else (design §12)', () => {
    const issuer = `http://127.0.0.1:${settings['CHANCERY_PORT']}`;
    expect(running.stdout()).toBe(`chancery ready ${JSON.stringify(ready)}\n`);
    expect(ready).toEqual({
      issuer,
      console: `${issuer}/console/`,
      operator: join(data, 'operator.json'),
      kafka: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
      pids: expect.any(Object) as object,
    });
    const names = ['registration', 'token', 'exchange', 'audit', 'gateway', 'kafka', 'postgres'];
    expect(Object.keys(ready.pids).toSorted()).toEqual(names.toSorted());
    expect(new Set(Object.values(ready.pids)).size).toBe(names.length);
  });

  it('streams what each process says, with its name in front', () => {
    for (const name of ['prepare', 'registration', 'token', 'exchange', 'audit', 'gateway']) {
      expect(running.stderr()).toMatch(new RegExp(`^${name} +\\| chancery ${name === 'prepare' ? 'prepared' : `${name} ready`} `, 'm'));
    }
  });

  it('carries a whole life of an agent', async () => expect(await plays()).toBe(0), timeout);

  it('keeps the secrets of each service for its owner alone, and its plan has none', () => {
    expect(statSync(join(data, 'services', 'token')).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, 'services', 'token', 'database-url')).mode & 0o777).toBe(0o600);
    const plan = readFileSync(join(data, 'composed.json'), 'utf8');
    expect(plan).not.toContain('postgres://');
    expect(plan).not.toContain(readFileSync(join(data, 'master.key'), 'utf8').trim());
  });

  it.each(['registration', 'token', 'exchange', 'audit', 'gateway', 'kafka'])(
    'says so when %s is killed, does not start it again by itself, and --only does',
    async (name) => {
      const pid = ready.pids[name] ?? 0;
      process.kill(pid, 'SIGKILL');
      await waitFor(() => running.stderr().includes(`\n${name} ended`));
      expect(running.stderr()).toContain(`start it again with: npm run composed -- --only ${name}\n`);
      expect(gone(pid)).toBe(true);
      const only = runScript(main, settings, '--only', name);
      const line = await only.line(new RegExp(`^chancery ${name} ready `), 60_000);
      expect(line).toContain('"pid":');
      expect(await plays()).toBe(0);
      // It goes on beside the first one; what follows needs it.
      others.push(only);
    },
    timeout,
  );
  const others: RunningProcess[] = [];

  it(
    'stops all it started on Ctrl-C, and what --only started goes with its own',
    async () => {
      for (const only of others.toReversed()) expect((await only.kill('SIGINT')).code).toBe(0);
      expect((await running.kill('SIGINT')).code).toBe(0);
      await allGone(ready.pids);
    },
    timeout,
  );

  it(
    'takes its data up again at the next start',
    async () => {
      const before = readFileSync(join(data, 'operator.json'), 'utf8');
      const { kafka } = ready;
      await start();
      expect(readFileSync(join(data, 'operator.json'), 'utf8')).toBe(before);
      expect(ready.kafka).toBe(kafka);
      expect(await plays()).toBe(0);
    },
    timeout,
  );

  it(
    'leaves no service behind when it is killed itself, and starts again',
    async () => {
      const { postgres: _, ...services } = ready.pids;
      await running.kill('SIGKILL');
      await allGone(services);
      await start();
      expect(await plays()).toBe(0);
    },
    timeout,
  );

  it('is not disturbed by a second start on the same data', async () => {
    const second = runScript(main, settings);
    expect((await second.exit).code).toBe(1);
    expect(second.stdout()).toBe('');
    expect(second.stderr()).toContain(`is held by the running process ${running.pid}`);
  });
});

describe('what the composed start cannot do', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const nowhere: Settings = { CHANCERY_DATA: join(folder.path, 'none') };
  const cluster = (brokers: string): Settings => ({ ...nowhere, CHANCERY_KAFKA: brokers, CHANCERY_KAFKA_TLS: 'off' });
  it.each<[string, Settings, string[], string]>([
    ['with an unknown setting', { ...nowhere, CHANCERY_COLOUR: 'blue' }, [], 'CHANCERY_COLOUR: is not a setting'],
    ['with a cluster elsewhere in the clear', cluster('kafka.example:9092'), [], 'CHANCERY_KAFKA_TLS: must be on'],
    ['with brokers that are none', cluster('nowhere'), [], 'CHANCERY_KAFKA: must be host:port'],
    [
      'for one that is none',
      nowhere,
      ['--only', 'console'],
      'usage: npm run composed [-- --only registration|token|exchange|audit|gateway|kafka]',
    ],
    ['for one where nothing was composed yet', nowhere, ['--only', 'token'], 'CHANCERY_DATA: nothing was composed in this folder yet'],
  ])('is said %s', async (_name, settings, args, says) => {
    const refused = runScript(main, settings, ...args);
    expect((await refused.exit).code).toBe(2);
    expect(refused.stdout()).toBe('');
    expect(refused.stderr()).toContain(says);
  });
});
