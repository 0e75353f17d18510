import { allRelayed, allRolled, type Behind, gaps, lookBehind, report, since, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerMissing } from '../spec-kit/broker-missing.js';
import { mintIat, newAgent } from '../spec-kit/clients.js';
import { type Composed, composed, type Extra } from '../spec-kit/composed.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Load, loadOn } from '../spec-kit/load.js';
import { issuancesOf, lostCalls } from '../spec-kit/promises.js';
import { roundRobin } from '../spec-kit/round-robin.js';

const missing = await brokerMissing();
const timeout = 120_000;
const callers = 4;

/** Two token replicas behind two gateways, each asked to stop and started again while agents go on. */
describe.skipIf(missing)(`a rolling restart${missing ? ` (${missing})` : ''}`, () => {
  let database: DurableDatabase;
  let stack: Composed;
  let behind: Behind;
  let load: Load;
  /** The one beside that of the start. */
  let token: Extra;
  const gateways: Extra[] = [];
  /** From the signal to the end of each, in milliseconds of `performance.now()`. */
  const stops: { readonly part: string; readonly began: number; readonly ended: number }[] = [];

  beforeAll(async () => {
    database = await durableDatabase();
    stack = await composed({ CHANCERY_DATABASE_URL: database.url, CHANCERY_STALENESS_BUDGET: '60' });
    behind = await lookBehind(database.url);
    token = await stack.extraToken();
    const both = { CHANCERY_TOKEN_URL: `${stack.variables('gateway')['CHANCERY_TOKEN_URL']},${token.url}` };
    for (const name of ['gw-a', 'gw-b']) gateways.push(await stack.extraGateway(name, both));
    const { token: iat } = await mintIat(stack.operator, { uses: 10_000 });
    const agents = await Promise.all(Array.from({ length: callers }, () => newAgent(stack.operator, { iat })));
    load = loadOn({ doors: roundRobin(gateways.map(({ url }) => url)), agents, iat });
  }, timeout);
  afterAll(async () => {
    await load?.stop();
    await stack?.close();
    await behind?.close();
    await database?.close();
  }, timeout);

  /** @returns the exit status */
  const restart = async (part: string, stop: () => Promise<string>, start: () => Promise<void>): Promise<string> => {
    await load.more(20);
    const began = performance.now();
    const status = await stop();
    stops.push({ part, began, ended: performance.now() });
    report(`${part}, SIGTERM to its end`, { took: since(began), unit: 'ms' });
    await load.more(20);
    await start();
    await load.more(20);
    return status;
  };
  const stopExtra = async ({ process }: Extra) => String((await process.kill()).code);

  it(
    'of both token replicas keeps nobody waiting: the other one answers',
    async () => {
      const stop = async () => (await stack.terminate('token')).status;
      expect(await restart('token', stop, () => stack.startAgain('token'))).toBe('0');
      const again = async () => void (token = await stack.again(token));
      expect(await restart('the other token', () => stopExtra(token), again)).toBe('0');
    },
    timeout,
  );

  it.each([0, 1])(
    'of gateway %i, too',
    async (index) => {
      const stop = () => stopExtra(gateways[index] as Extra);
      const again = async () => void (gateways[index] = await stack.again(gateways[index] as Extra));
      expect(await restart(`gateway ${index}`, stop, again)).toBe('0');
    },
    timeout,
  );

  it('takes less than ten seconds for each of them to stop', () => {
    expect(stops).toHaveLength(4);
    expect(stops.filter(({ began, ended }) => ended - began >= 10_000)).toEqual([]);
  });

  it('fails no request but those in flight at a stop', async () => {
    await load.stop();
    const { answers, broken, strange, tokens, calls } = load.journal;
    report('answers', Object.fromEntries(answers));
    report('without an answer', { requests: broken.length, causes: broken.map(({ what, cause }) => `${what} ${cause}`).join(' ') });
    expect(strange).toEqual([]);
    expect([...answers.keys()].filter((said) => !/ 20[01]$/.test(said))).toEqual([]);
    expect(Math.min(tokens.size, calls.size)).toBeGreaterThan(100);
    const inFlight = (request: { began: number; ended: number }) =>
      stops.some(({ began, ended }) => request.began <= ended && request.ended >= began);
    expect(broken.filter((request) => !inFlight(request))).toEqual([]);
    expect(broken.length).toBeLessThanOrEqual(stops.length * callers);
  });

  it(
    'gives no token without its event, and the roll has every call',
    async () => {
      await waitFor(() => allRelayed(behind), { timeout: 60_000, every: 100 });
      await waitFor(() => allRolled(behind), { timeout: 60_000, every: 100 });
      const { tokens, calls, unheard } = load.journal;
      const { events, rolled } = await issuancesOf(behind);
      expect(rolled).toEqual(events);
      expect(new Set(events).size).toBe(events.length);
      expect([...tokens.keys()].filter((jti) => !events.includes(jti))).toEqual([]);
      const others = await behind.query<{ count: number }>(
        `select count(*)::integer as count from es.event
          where type = 'grant.token-issued' and convert_from(data, 'utf8')::jsonb ->> 'agentId' = $1`,
        [stack.operator.clientId],
      );
      const surplus = events.length - tokens.size - (others[0]?.count ?? 0);
      report('recorded and never answered', { surplus, unheard });
      expect(surplus).toBeLessThanOrEqual(unheard);
      await waitFor(async () => (await lostCalls(behind, calls)).length === 0, { timeout: 60_000, every: 100 });
      expect(await gaps(behind)).toEqual({ store: [], roll: [] });
    },
    timeout,
  );
});
