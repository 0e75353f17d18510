import { hashOf, rebuild } from '@chancery/eventstore';
import { agentList, iatList } from '@chancery/registration';
import {
  allRelayed,
  allRolled,
  type Behind,
  caughtUp,
  clusterAt,
  gaps,
  lookBehind,
  quantile,
  report,
  since,
  waitFor,
} from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerMissing } from '../spec-kit/broker-missing.js';
import { chancery } from '../spec-kit/chancery.js';
import { askToken, type Client, mintIat, newAgent } from '../spec-kit/clients.js';
import { type Composed, composed, type Part } from '../spec-kit/composed.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Load, loadOn } from '../spec-kit/load.js';
import { issuancesOf, lostCalls } from '../spec-kit/promises.js';
import { roundRobin } from '../spec-kit/round-robin.js';

const missing = await brokerMissing();
const kills = 5;
const callers = 3;
/** Acts between two kills, so that each one comes in the middle of work. */
const busy = 10;
const timeout = 120_000;
const parts: readonly Part[] = ['registration', 'token', 'exchange', 'audit', 'gateway', 'kafka'];

/** Everything on a database with production settings, and what was answered while its parts died: nothing of it may be missing, or be there twice. */
describe.skipIf(missing)(`kill -9 of every part under load${missing ? ` (${missing})` : ''}`, () => {
  let database: DurableDatabase;
  let stack: Composed;
  let behind: Behind;
  let load: Load;
  /** Asks only to see that all is well again. */
  let probe: Client;

  beforeAll(async () => {
    database = await durableDatabase();
    stack = await composed({ CHANCERY_DATABASE_URL: database.url, CHANCERY_STALENESS_BUDGET: '60' });
    behind = await lookBehind(database.url);
    const { token: iat } = await mintIat(stack.operator, { uses: 10_000 });
    probe = await newAgent(stack.operator);
    const agents = await Promise.all(Array.from({ length: callers }, () => newAgent(stack.operator, { iat })));
    load = loadOn({ doors: roundRobin([stack.issuer]), agents, iat });
  }, timeout);
  afterAll(async () => {
    await load?.stop();
    await stack?.close();
    await behind?.close();
    await database?.close();
  }, timeout);

  const issues = () => waitFor(async () => (await askToken(probe)).status === 200, { timeout: 60_000 });

  it('begins with somebody who reaps leases', () => {
    const led = () => behind.query("select from es.leader where name = 'registration/leases'");
    return waitFor(async () => (await led()).length === 1);
  });

  it.each(parts)(
    'five times of %s: it comes back, and all goes on',
    async (part) => {
      const took: number[] = [];
      for (let nth = 0; nth < kills; nth += 1) {
        await load.more(busy);
        const began = performance.now();
        await stack.kill(part);
        await stack.startAgain(part);
        took.push(since(began));
        await issues();
      }
      await load.more(busy);
      expect(load.journal.strange).toEqual([]);
      report(`${part}, kill -9 to ready`, { median: quantile(took, 0.5), most: quantile(took, 1), unit: 'ms' });
    },
    timeout,
  );

  describe('afterwards', () => {
    beforeAll(async () => {
      await load.stop();
      await waitFor(() => allRelayed(behind), { timeout: 60_000, every: 100 });
      await waitFor(() => allRolled(behind), { timeout: 60_000, every: 100 });
    }, timeout);

    it('nothing was answered that a fault does not explain', () => {
      const { tokens, agents, calls, ended, unheard, strange, broken } = load.journal;
      report('answered', {
        tokens: tokens.size,
        registrations: agents.size,
        calls: calls.size,
        revocations: ended.size,
        unheard,
        broken: broken.length,
      });
      expect(strange).toEqual([]);
      expect(Math.min(tokens.size, agents.size, calls.size, ended.size)).toBeGreaterThan(kills * 2);
    });

    it('every token that was answered has its one event, and the surplus is only what nobody heard the answer of', async () => {
      const { tokens, agents, ended, unheard } = load.journal;
      const events = await behind.eventsAfter(-1n);
      const issued = events.filter(({ type }) => type === 'grant.token-issued' || type === 'grant.token-exchanged');
      const streamOf = new Map(issued.map(({ stream, data }) => [data.jti as string, stream]));
      expect(streamOf.size).toBe(issued.length);
      expect([...tokens].filter(([jti, stream]) => streamOf.get(jti) !== stream)).toEqual([]);
      const known = events.filter(({ type }) => type === 'agent.registered').map(({ data }) => data.agentId as string);
      expect(new Set(known).size).toBe(known.length);
      expect([...agents].filter((id) => !known.includes(id))).toEqual([]);
      const over = events.filter(({ type }) => type === 'grant.revoked').map(({ stream }) => stream);
      expect([...ended].filter((stream) => !over.includes(stream))).toEqual([]);

      const others = [stack.operator.clientId, probe.clientId];
      const tokensUnheard = issued.filter(({ data }) => !tokens.has(data.jti) && !others.includes(data.agentId)).length;
      // The operator, the probe and the callers registered before the load began.
      const surplus = tokensUnheard + known.length - agents.size - callers - others.length + over.length - ended.size;
      report('recorded and never answered', { surplus, unheard });
      expect(surplus).toBeLessThanOrEqual(unheard);
    });

    it(
      'issuance events, entries of the roll and records for SIEMs are the same, each once',
      async () => {
        const { events, rolled } = await issuancesOf(behind);
        expect(events.length).toBeGreaterThanOrEqual(load.journal.tokens.size);
        expect(new Set(events).size).toBe(events.length);
        expect(rolled).toEqual(events);
        await waitFor(async () => (await told(stack)).length >= events.length, { timeout: 60_000, every: 250 });
        expect(await told(stack)).toEqual(events);
        report('issuances', { events: events.length, roll: rolled.length, siem: (await told(stack)).length });
      },
      timeout,
    );

    it('every call that was let through stands in the roll, and nothing is in quarantine', async () => {
      await waitFor(async () => (await lostCalls(behind, load.journal.calls)).length === 0, { timeout: 60_000, every: 100 });
      const { code, stdout } = await chancery(stack, 'quarantine', 'list', '--json');
      expect([code, stdout]).toEqual([0, '']);
    });

    it('no stream has a gap, in the store or in the roll', async () => expect(await gaps(behind)).toEqual({ store: [], roll: [] }));

    it(
      'the roll is proven by `chancery log verify`',
      async () => {
        const { code, stdout, stderr } = await chancery(stack, 'log', 'verify');
        expect([code, stderr]).toEqual([0, '']);
        expect(stdout).toMatch(/^verified: entries 1 to \d+ /);
        report('roll', { says: stdout.trim() });
      },
      timeout,
    );

    it(
      'the lists are those that a rebuild makes',
      async () => {
        for (const { name } of [agentList, iatList]) await waitFor(() => caughtUp(behind, name), { timeout: 30_000 });
        await stack.stop();
        const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
        try {
          for (const projection of [agentList, iatList]) {
            const live = await hashOf(dataSource, projection.tables);
            await rebuild(projection, dataSource);
            expect(await hashOf(dataSource, projection.tables)).toBe(live);
          }
          // The hash would have told: one letter in one row is another one.
          const rebuilt = await hashOf(dataSource, agentList.tables);
          await behind.query(`update registration.agent set scope = '{x}' where agent_id = $1`, [stack.operator.clientId]);
          expect(await hashOf(dataSource, agentList.tables)).not.toBe(rebuilt);
        } finally {
          await dataSource.destroy();
        }
      },
      timeout,
    );
  });
});

/** `jti` of every issuance that SIEMs were told of, sorted. */
async function told({ kafka }: Composed): Promise<readonly string[]> {
  const records = (await clusterAt(kafka).contentsOf('chancery.siem.ocsf')).map(({ value }) => JSON.parse(String(value)) as Ocsf);
  return records.flatMap(({ authentication_token: token }) => (token ? [token.uid] : [])).toSorted();
}

interface Ocsf {
  readonly authentication_token?: { readonly uid: string };
}
