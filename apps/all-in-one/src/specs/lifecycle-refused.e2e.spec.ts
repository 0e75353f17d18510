import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { freshDatabase, temporaryFolder } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../spec-kit/at-once.js';
import { askToken, operatorFrom } from '../spec-kit/clients.js';
import { postgresPid, readyLine, startWith, toPeople } from '../spec-kit/own-server.js';
import { freePort } from '@chancery/eventstore/embedded';

const timeout = 120_000;

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** A start that has to fail: its exit code and the one line it says why in. */
async function refusal(settings: Record<string, string>, cwd?: string): Promise<{ code: number | null; said: string[]; stdout: string }> {
  const refused = startWith(settings, cwd);
  const { code } = await refused.exit;
  return { code, said: toPeople(refused.stderr()), stdout: refused.stdout() };
}

describe('a wrong setting', () => {
  const key = 'A'.repeat(43);
  const keyFile = join(folder.path, 'short.key');
  const wrong: readonly [setting: string, value: string, beside?: Record<string, string>][] = [
    ['CHANCERY_PROT', '4400'],
    ['CHANCERY_HOST', 'not a host'],
    ['CHANCERY_PORT', '0'],
    ['CHANCERY_PORT', '65536'],
    ['CHANCERY_PORT', '44oo'],
    ['CHANCERY_METRICS_PORT', '-1'],
    ['CHANCERY_DATA', ''],
    ['CHANCERY_ISSUER', 'http://chancery.example'],
    ['CHANCERY_ISSUER', 'https://chancery.example/'],
    ['CHANCERY_ISSUER', 'https://user:hunter2hunter2@chancery.example'],
    ['CHANCERY_DATABASE_URL', 'mysql://root:hunter2hunter2@127.0.0.1/x'],
    ['CHANCERY_MASTER_KEY', 'hunter2hunter2'],
    ['CHANCERY_MASTER_KEY', key, { CHANCERY_MASTER_KEY_FILE: keyFile }],
    ['CHANCERY_MASTER_KEY_FILE', keyFile],
    ['CHANCERY_MASTER_KEY_FILE', join(folder.path, 'nowhere.key')],
    ['CHANCERY_LOG_LEVEL', 'loud'],
    ['CHANCERY_STALENESS_BUDGET', '0'],
    ['CHANCERY_STORE_AWAY_BUDGET', '1e3'],
    ['CHANCERY_SIGNING_ALGORITHM', 'RS256'],
    ['CHANCERY_CONNECTIONS', '0'],
    ['CHANCERY_LANES', '9'],
  ];

  it(
    'stops the start with code 2 and one line that names it, never what it was set to, and touches no data',
    async () => {
      writeFileSync(keyFile, 'hunter2hunter2');
      const answers = new Map<string, unknown>();
      await inParallel(wrong, 3, async ([setting, value, beside]) => {
        const data = join(folder.path, `data-of-${setting}-${wrong.findIndex(([, other]) => other === value)}`);
        const settings = { CHANCERY_DATA: data, ...beside, [setting]: value };
        const { code, said, stdout } = await refusal(settings, folder.path);
        const named = said.length === 1 && said[0]?.startsWith(`chancery cannot start: ${setting}: `) === true;
        answers.set(`${setting}=${value}`, { code, named, leaked: said.join().includes('hunter2'), stdout, made: existsSync(data) });
      });
      const expected = { code: 2, named: true, leaked: false, stdout: '', made: false };
      expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(wrong.map(([setting, value]) => [`${setting}=${value}`, expected])));
      expect(readdirSync(folder.path)).toEqual(['short.key']);
    },
    timeout,
  );

  it(
    'that names a database server nobody answers at is one of them',
    async () => {
      const data = join(folder.path, 'no-server');
      const away = `postgres://postgres:hunter2hunter2@127.0.0.1:${await freePort()}/postgres`;
      const { code, said } = await refusal({ CHANCERY_DATA: data, CHANCERY_PORT: String(await freePort()), CHANCERY_DATABASE_URL: away });
      expect([code, said]).toEqual([1, ['chancery cannot start: CHANCERY_DATABASE_URL: the server does not answer (ECONNREFUSED)']]);
    },
    timeout,
  );
});

describe('data that is there already', () => {
  const data = join(folder.path, 'made');
  let port: number;
  let issuer: string;
  beforeAll(async () => {
    port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    const first = startWith({ CHANCERY_DATA: data, CHANCERY_PORT: String(port), CHANCERY_LOG_LEVEL: 'warn' });
    await readyLine(first);
    await first.kill('SIGINT');
  }, timeout);

  it(
    'is refused under another public address, with the setting and the one it was made for, and nothing is left running',
    async () => {
      const settings = {
        CHANCERY_DATA: data,
        CHANCERY_PORT: String(port),
        CHANCERY_ISSUER: 'https://elsewhere.example',
        CHANCERY_LOG_LEVEL: 'warn',
      };
      const { code, said, stdout } = await refusal(settings);
      expect({ code, said, stdout }).toEqual({
        code: 1,
        said: [
          `chancery cannot start: CHANCERY_ISSUER: this data was made for the issuer ${issuer}; set it to that, or CHANCERY_DATA to another folder`,
        ],
        stdout: '',
      });
      expect(postgresPid(data)).toBeUndefined();
    },
    timeout,
  );

  it(
    'is put away again when the port is taken, and the line names the setting that changes it',
    async () => {
      const holder = await listenAt(port);
      try {
        const { code, said, stdout } = await refusal({ CHANCERY_DATA: data, CHANCERY_PORT: String(port), CHANCERY_LOG_LEVEL: 'warn' });
        expect({ code, said, stdout }).toEqual({
          code: 2,
          said: [`chancery cannot start: CHANCERY_PORT: port ${port} is taken: choose another one`],
          stdout: '',
        });
      } finally {
        holder.close();
      }
      expect(postgresPid(data)).toBeUndefined();
      expect(readdirSync(data).filter((name) => name.includes('lock'))).toEqual([]);
    },
    timeout,
  );

  it(
    'is refused under another master key',
    async () => {
      const settings = {
        CHANCERY_DATA: data,
        CHANCERY_PORT: String(port),
        CHANCERY_MASTER_KEY: 'A'.repeat(43),
        CHANCERY_LOG_LEVEL: 'warn',
      };
      const { code, said } = await refusal(settings);
      expect([code, said]).toEqual([2, [expect.stringMatching(/^chancery cannot start: CHANCERY_MASTER_KEY: /)]]);
      expect(postgresPid(data)).toBeUndefined();
    },
    timeout,
  );
});

// Elsewhere PostgreSQL runs under our own account, and reaches what we reach.
describe.skipIf(process.getuid?.() !== 0)('a folder that PostgreSQL’s account cannot reach', () => {
  it(
    'is refused by name when it was asked for, and no data goes anywhere else',
    async () => {
      const closed = join(folder.path, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const data = join(closed, 'data');
      const { code, said, stdout } = await refusal({ CHANCERY_DATA: data, CHANCERY_PORT: String(await freePort()) });
      expect([code, stdout]).toEqual([1, '']);
      expect(said).toEqual([expect.stringMatching(/^chancery cannot start: CHANCERY_DATA: /)]);
      expect(said[0]).toContain(`${data}/postgres`);
      expect(said[0]).toContain(`${closed} is closed to other users`);
      expect(existsSync(join(data, 'postgres'))).toBe(false);
    },
    timeout,
  );

  it(
    'keeps PostgreSQL’s part alone elsewhere when nobody asked for it, and says so',
    async () => {
      const home = join(folder.path, 'home');
      mkdirSync(home);
      chmodSync(home, 0o700);
      const running = startWith({ CHANCERY_PORT: String(await freePort()), CHANCERY_LOG_LEVEL: 'warn' }, home);
      let elsewhere: string | undefined;
      try {
        await readyLine(running);
        const [said] = toPeople(running.stderr());
        elsewhere = /^.* is closed to other users, so PostgreSQL \(uid \d+\) keeps its data in (\/var\/lib\/chancery\/[0-9a-f]{12})$/.exec(
          said ?? '',
        )?.[1];
        expect(elsewhere).toBeDefined();
        expect(existsSync(join(elsewhere ?? '', 'postgres', 'PG_VERSION'))).toBe(true);
        expect(readdirSync(join(home, '.chancery')).toSorted()).toEqual(['chancery.lock', 'master.key', 'operator.json', 'spool']);
        await running.kill('SIGINT');
      } finally {
        await running.kill('SIGKILL');
        if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true });
      }
    },
    timeout,
  );
});

describe('a database server of one’s own', () => {
  it(
    'is used, and no PostgreSQL is started',
    async () => {
      const data = join(folder.path, 'own-server');
      const running = startWith({
        CHANCERY_DATA: data,
        CHANCERY_PORT: String(await freePort()),
        CHANCERY_DATABASE_URL: await freshDatabase(),
        CHANCERY_LOG_LEVEL: 'warn',
      });
      await readyLine(running);
      const operator = operatorFrom(join(data, 'operator.json'));
      const form = { resource: `${operator.issuer}/admin`, scope: 'chancery:audit' };
      expect((await askToken(operator, { form })).status).toBe(200);
      expect(readdirSync(data).toSorted()).toEqual(['chancery.lock', 'master.key', 'operator.json', 'spool']);
      expect(await running.kill('SIGINT')).toEqual({ code: 0, signal: null });
    },
    timeout,
  );
});

function listenAt(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });
}
