import { generateKey } from '@chancery/oauth/client';
import {
  allRelayed,
  allRolled,
  type Behind,
  claimsOf,
  gaps,
  lookBehind,
  report,
  since,
  startTcpProxy,
  type TcpProxy,
  waitFor,
} from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerMissing } from '../spec-kit/broker-missing.js';
import { chancery } from '../spec-kit/chancery.js';
import {
  administer,
  type Answer,
  askToken,
  callApi,
  type Client,
  metadataOf,
  mintIat,
  narrow,
  newAgent,
  register,
  revokeToken,
} from '../spec-kit/clients.js';
import { type Composed, composed } from '../spec-kit/composed.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { plantNewer, plantWithWrongMac } from '../spec-kit/foreign-records.js';
import { type Load, loadOn } from '../spec-kit/load.js';
import { metricOf } from '../spec-kit/metrics-of.js';
import { activityNumbers, issuancesOf, lostCalls } from '../spec-kit/promises.js';
import { roundRobin } from '../spec-kit/round-robin.js';

const missing = await brokerMissing();
const timeout = 120_000;
const callers = 4;
/** Seconds. */
const budgets = { staleness: 5, storeAway: 12 };

describe.skipIf(missing)(`five services${missing ? ` (${missing})` : ''}`, () => {
  let database: DurableDatabase;
  /** Between the services and their database. */
  let wire: TcpProxy;
  let stack: Composed;
  let behind: Behind;
  let iat: string;
  let agent: Client;

  beforeAll(async () => {
    database = await durableDatabase();
    const url = new URL(database.url);
    wire = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(wire.port);
    stack = await composed({
      CHANCERY_DATABASE_URL: url.href,
      CHANCERY_STALENESS_BUDGET: String(budgets.staleness),
      CHANCERY_STORE_AWAY_BUDGET: String(budgets.storeAway),
    });
    behind = await lookBehind(database.url);
    iat = (await mintIat(stack.operator, { uses: 10_000 })).token;
    agent = await newAgent(stack.operator, { iat });
  }, timeout);
  afterAll(async () => {
    await stack?.close();
    await behind?.close();
    await wire?.close();
    await database?.close();
  }, timeout);

  const beginLoad = async (): Promise<Load> => {
    const agents = await Promise.all(Array.from({ length: callers }, () => newAgent(stack.operator, { iat })));
    return loadOn({ doors: roundRobin([stack.issuer]), agents, iat });
  };
  const allGoesOn = async (token: string): Promise<void> => {
    await waitFor(async () => (await askToken(agent)).status === 200, { timeout: 30_000 });
    await waitFor(async () => (await callApi(agent, token)).status === 200, { timeout: 30_000 });
  };
  /** Everything that was promised while it lasted stands in the store, and in the roll in its order. */
  const promisesKept = async ({ journal }: Load): Promise<void> => {
    await waitFor(() => allRelayed(behind), { timeout: 60_000, every: 100 });
    await waitFor(() => allRolled(behind), { timeout: 60_000, every: 100 });
    await waitFor(async () => (await lostCalls(behind, journal.calls)).length === 0, { timeout: 60_000, every: 100 });
    const { events, rolled } = await issuancesOf(behind);
    expect([...journal.tokens.keys()].filter((jti) => !events.includes(jti))).toEqual([]);
    expect(rolled).toEqual(events);
    expect(await gaps(behind)).toEqual({ store: [], roll: [] });
  };

  describe('while Kafka is away', () => {
    let load: Load;
    const spooled = () => metricOf(stack.metricsOf('gateway'), 'chancery_spool_records');
    const tokenAnswers = () => [...load.journal.answers].filter(([said]) => /^(?:token|exchange) /.test(said));
    const tally = () => {
      const all = tokenAnswers().reduce((sum, [, count]) => sum + count, 0);
      const given = tokenAnswers().reduce((sum, [said, count]) => sum + (said.endsWith(' 200') ? count : 0), 0);
      return { all: all + load.journal.broken.filter(({ what }) => what === 'token' || what === 'exchange').length, given };
    };
    let before: ReturnType<typeof tally>;
    const expectTokens = (): void => {
      const { all, given } = tally();
      report('token requests since Kafka went away', { asked: all - before.all, given: given - before.given });
      expect(all - before.all).toBeGreaterThan(200);
      expect((given - before.given) / (all - before.all)).toBeGreaterThanOrEqual(0.999);
      expect(load.journal.strange).toEqual([]);
    };
    beforeAll(async () => {
      load = await beginLoad();
      await load.more(40);
      before = tally();
      await stack.kill('kafka');
    }, timeout);
    afterAll(() => load?.stop());

    it(
      'a revocation reaches the gateway over the feed',
      async () => {
        const { body } = await askToken(agent);
        expect((await callApi(agent, body.access_token)).status).toBe(200);
        const path = `/grants/${claimsOf(body.access_token)['grant_id']}/revoke`;
        const acted = await administer(stack.operator, { scope: 'chancery:revoke', path, body: { reason: 'a spec' } });
        expect(acted.status).toBe(200);
        const began = performance.now();
        await waitFor(async () => (await callApi(agent, body.access_token)).status === 401, { timeout: 30_000 });
        report('revoked to refused, Kafka away', { ms: since(began) });
        expect(since(began)).toBeLessThan(budgets.staleness * 1_000);
      },
      timeout,
    );

    it(
      'activity waits in the spool, and tokens are issued all the same (≥ 99.9 %)',
      async () => {
        await waitFor(async () => (await spooled()) >= 200, { timeout: 90_000, every: 100 });
        expect(await allRelayed(behind)).toBe(false);
        expectTokens();
      },
      timeout,
    );

    it(
      'is over, the backlog arrives in order, and nothing was lost',
      async () => {
        const waiting = await spooled();
        const began = performance.now();
        await stack.startAgain('kafka');
        const ready = since(began);
        await waitFor(async () => (await spooled()) === 0, { timeout: 60_000 });
        const drained = since(began);
        await load.stop();
        expectTokens();
        await promisesKept(load);
        report('Kafka back, backlog in the roll', { waiting, ready, drained, rolled: since(began), unit: 'ms' });
        const numbers = await activityNumbers(behind);
        expect(numbers.missing).toBe(0);
        expect(numbers.outOfOrder).toEqual([]);
        const { code, stdout } = await chancery(stack, 'quarantine', 'list', '--json');
        expect([code, stdout]).toEqual([0, '']);
      },
      timeout,
    );
  });

  describe('while PostgreSQL is away', () => {
    let token: string;
    /** For what revokes: it may be carried out though it was answered 503. */
    let spare: string;
    let cut: number;
    beforeAll(async () => {
      token = (await askToken(agent)).body.access_token;
      spare = (await askToken(agent)).body.access_token;
      await waitFor(async () => (await callApi(agent, token)).status === 200);
      await wire.refuse();
      cut = performance.now();
    }, timeout);
    afterAll(() => wire.accept());

    it(
      'the gateway goes on by what it holds within its store_away budget, and then denies',
      async () => {
        let last = 0;
        const denied = await waitFor(
          async () => {
            const began = performance.now();
            const { status, headers, body } = await callApi(agent, token);
            if (status === 200) last = began;
            return status === 503 && [body.error, headers.get('retry-after')];
          },
          { timeout: 60_000, every: 20 },
        );
        report('PostgreSQL away, to the last call let through and to the first denied', {
          ms: [Math.round(last - cut), since(cut)].join(' / '),
        });
        expect(denied).toEqual(['temporarily_unavailable', '1']);
        expect(last - cut).toBeGreaterThan(budgets.staleness * 1_000);
        expect(last - cut).toBeLessThan(budgets.storeAway * 1_000);
      },
      timeout,
    );

    it.each<[string, () => Promise<Answer>]>([
      ['a token', () => askToken(agent)],
      ['an exchange', () => narrow(agent, token)],
      ['a registration', () => register(stack.issuer, iat, metadataOf(generateKey()))],
      ['a revocation', () => revokeToken(agent, spare)],
    ])('%s is answered 503 with Retry-After', async (_what, act) => {
      const { status, headers, body } = await act();
      expect([status, body.error, headers.get('retry-after')]).toEqual([503, 'temporarily_unavailable', '1']);
    });

    it(
      'is over, all goes on by itself, with no gap and nothing in quarantine',
      async () => {
        const back = performance.now();
        await wire.accept();
        await allGoesOn(token);
        report('PostgreSQL back, to a token and a call', { took: since(back), unit: 'ms' });
        await waitFor(() => allRelayed(behind), { timeout: 60_000, every: 100 });
        await waitFor(() => allRolled(behind), { timeout: 60_000, every: 100 });
        expect(await gaps(behind)).toEqual({ store: [], roll: [] });
        const { code, stdout } = await chancery(stack, 'quarantine', 'list', '--json');
        expect([code, stdout]).toEqual([0, '']);
      },
      timeout,
    );
  });

  describe('a record that the audit service cannot handle', () => {
    it(
      'stops no other key, and is shown by `chancery quarantine list` with its cause',
      async () => {
        const forged = await plantWithWrongMac(stack);
        const newer = await plantNewer(stack);
        const { body } = await askToken(agent);
        const inRoll = await waitFor(async () => (await issuancesOf(behind)).rolled.includes(claimsOf(body.access_token)['jti'] ?? ''), {
          timeout: 30_000,
        });
        expect(inRoll).toBe(true);
        const shown = await waitFor(
          async () => {
            const { code, stdout } = await chancery(stack, 'quarantine', 'list', '--json', '--group', 'audit');
            const records = stdout
              .trim()
              .split('\n')
              .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, string>]));
            return code === 0 && records.length >= 2 && records;
          },
          { timeout: 30_000, every: 250 },
        );
        const causes = Object.fromEntries(shown.map(({ key, cause }) => [key, cause]));
        expect(causes).toEqual({ [forged]: 'its MAC is wrong', [newer]: expect.stringContaining('version') as string });
        const people = await chancery(stack, 'quarantine', 'list');
        expect(people.stdout).toContain('its MAC is wrong');
      },
      timeout,
    );
  });

  describe('SIGTERM under load', () => {
    let load: Load;
    beforeAll(async () => void (load = await beginLoad()), timeout);
    afterAll(() => load?.stop());

    it.each(['registration', 'token', 'exchange', 'audit', 'gateway'] as const)(
      'ends %s within ten seconds, with status 0',
      async (service) => {
        await load.more(10);
        const { took, status } = await stack.terminate(service);
        report(`${service}, SIGTERM to its end`, { took, unit: 'ms' });
        expect(status).toBe('0');
        expect(took).toBeLessThan(10_000);
        await stack.startAgain(service);
        await load.more(10);
      },
      timeout,
    );

    it(
      'loses nothing',
      async () => {
        await load.stop();
        expect(load.journal.strange).toEqual([]);
        await promisesKept(load);
      },
      timeout,
    );
  });
});
