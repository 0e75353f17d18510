import { hashOf, type Projection, rebuild } from '@chancery/eventstore';
import { agentList, iatList } from '@chancery/registration';
import { type Behind, lookBehind, quantile, report, since, waitFor } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askToken, type Client, mintIat, newAgent, operatorFrom } from '../spec-kit/clients.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Load, loadOn } from '../spec-kit/load.js';
import { type Replica, type Replicas, replicasOn } from '../spec-kit/replica.js';

const kills = 10;
const callers = 6;
/** Answers between two kills, so that each one comes in the middle of work. */
const busy = 20;
const timeout = 150_000;

/** Two processes over one database with production settings, and what was answered while they died: nothing of it may be missing. */
describe('kill -9 under load', () => {
  let database: DurableDatabase;
  let replicas: Replicas;
  const running: Replica[] = [];
  let behind: Behind;
  let operator: Client;
  /** Asks only to measure, apart from the load. */
  let probe: Client;
  let load: Load;
  beforeAll(async () => {
    database = await durableDatabase();
    behind = await lookBehind(database.url);
    replicas = await replicasOn(database.url);
    for (const index of [0, 1]) running.push(await replicas.start(index));
    operator = operatorFrom(running[0]?.operator ?? '');
    const iat = await mintIat(operator, { uses: 10_000 });
    probe = await newAgent(operator);
    const agents = await Promise.all(Array.from({ length: callers }, () => newAgent(operator, { iat: iat.token })));
    load = loadOn({ replicas: running.map(({ url }) => url), agents, iat: iat.token });
  }, 120_000);
  afterAll(async () => {
    await load?.stop();
    await replicas?.close();
    await behind?.close();
    await database?.close();
  });

  const underLoad = async () => {
    const before = load.answered();
    await waitFor(() => load.answered() >= before + busy, { timeout: 60_000 });
  };
  const answersAt = (at: string) => waitFor(async () => (await askToken(probe, { at })).status === 200, { timeout: 60_000 });
  const readiness = () => Promise.all(running.map(async ({ url }) => (await fetch(`${url}/health/ready`)).status));

  it(
    'ten times of a service: it comes back and issues, and the other one goes on',
    async () => {
      const [untilReady, untilToken]: [number[], number[]] = [[], []];
      for (let nth = 0; nth < kills; nth++) {
        await underLoad();
        const index = nth % 2;
        const killed = performance.now();
        await running[index]?.crash();
        const other = running[1 - index] as Replica;
        await answersAt(other.url);
        const again = await replicas.start(index);
        running[index] = again;
        untilReady.push(since(killed));
        await answersAt(again.url);
        untilToken.push(since(killed));
      }
      expect(await readiness()).toEqual([200, 200]);
      tell('a service, kill -9 to ready', untilReady);
      tell('a service, kill -9 to the first token', untilToken);
    },
    timeout,
  );

  it(
    'ten times of PostgreSQL: it is started again, and both services issue without being told',
    async () => {
      const [untilServer, untilToken]: [number[], number[]] = [[], []];
      for (let nth = 0; nth < kills; nth++) {
        await underLoad();
        const pid = database.server.pid();
        const killed = performance.now();
        process.kill(pid, 'SIGKILL');
        await waitFor(() => database.server.pid() !== pid, { timeout: 30_000 });
        untilServer.push(since(killed));
        await Promise.race([Promise.all(running.map(({ url }) => answersAt(url))), ...running.map(endOf)]);
        untilToken.push(since(killed));
      }
      expect(await readiness()).toEqual([200, 200]);
      tell('PostgreSQL, kill -9 to taking connections', untilServer);
      tell('PostgreSQL, kill -9 to tokens of both services', untilToken);
    },
    timeout,
  );

  describe('afterwards', () => {
    beforeAll(() => load.stop(), 60_000);

    it('nothing was answered that a fault does not explain', () => {
      const { tokens, agents: registered, calls, unheard, strange } = load.journal;
      report('answered', { tokens: tokens.size, registrations: registered.size, calls: calls.size, unheard });
      expect(strange).toEqual([]);
      expect(Math.min(tokens.size, registered.size, calls.size)).toBeGreaterThan(kills * 2);
    });

    it('every token and registration that was answered has its one event, and every call its record', async () => {
      const { tokens, agents: registered, calls, unheard } = load.journal;
      const events = await behind.eventsAfter(-1n);
      const issued = events.filter(({ type }) => type === 'grant.token-issued' || type === 'grant.token-exchanged');
      const streamOf = new Map(issued.map(({ stream, data }) => [data.jti as string, stream]));
      expect(streamOf.size).toBe(issued.length);
      expect([...tokens].filter(([jti, stream]) => streamOf.get(jti) !== stream)).toEqual([]);
      const known = events.filter(({ type }) => type === 'agent.registered').map(({ data }) => data.agentId as string);
      expect(new Set(known).size).toBe(known.length);
      expect([...registered].filter((id) => !known.includes(id))).toEqual([]);
      // More than was answered is there only where an answer was lost; the operator and the probe are no part of the load.
      const others = [operator.clientId, probe.clientId];
      const tokensUnheard = issued.filter(({ data }) => !tokens.has(data.jti) && !others.includes(data.agentId)).length;
      const surplus = tokensUnheard + known.length - registered.size - callers - others.length;
      report('recorded and never answered', { surplus, unheard });
      expect(surplus).toBeLessThanOrEqual(unheard);

      const rows = await behind.query<{ id: string }>(
        `select convert_from(data, 'utf8')::jsonb ->> 'requestId' as id from bus.activity where type = 'activity.allowed'`,
      );
      const recorded = new Set(rows.map(({ id }) => id));
      expect([...calls].filter((id) => !recorded.has(id))).toEqual([]);
    });

    it('no stream has a gap', async () => {
      expect(
        await behind.query(
          'select stream from es.event group by stream having min(revision) <> 1 or max(revision) <> count(distinct revision)',
        ),
      ).toEqual([]);
    });

    it(
      'the audit log has every event and every record exactly once, byte for byte, in the order of its stream, and numbers without a gap',
      async () => {
        const published = `select stream as source, id, data, revision from es.event
        union all select source, id, data, null from bus.activity where type <> 'gateway.acknowledged'`;
        const missing = `select count(*)::integer as count from (${published}) p
        where not exists (select from audit.log_entry l where l.stream = p.source and l.record_id = p.id and l.data = p.data)`;
        await waitFor(async () => (await behind.query<{ count: number }>(missing))[0]?.count === 0, { timeout: 60_000, every: 200 });
        const [counts] = await behind.query(
          `select (select count(*) from (${published}) p)::integer as published, count(*)::integer as logged, max(position)::integer as last from audit.log_entry`,
        );
        expect(counts).toEqual({ published: counts?.['last'], logged: counts?.['last'], last: expect.any(Number) });
        expect(
          await behind.query(
            `select stream from (select stream, revision - lag(revision, 1, 0) over (partition by stream order by position) as step
             from audit.log_entry where revision is not null) entry where step <> 1`,
          ),
        ).toEqual([]);
        expect(await behind.query('select cause from bus.quarantine')).toEqual([]);
      },
      timeout,
    );

    it(
      'the lists are those that a rebuild makes',
      async () => {
        for (const { name } of [agentList, iatList]) await waitFor(() => caughtUp(name), { timeout: 30_000 });
        await Promise.all(running.map((replica) => replica.stop()));
        const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
        try {
          for (const projection of [agentList, iatList]) {
            const [live, rebuilt] = await hashes(projection, dataSource, () => rebuild(projection, dataSource));
            expect(rebuilt).toBe(live);
          }
          const [{ count } = {}] = await behind.query<{ count: number }>('select count(*)::integer as count from registration.agent');
          expect(count).toBeGreaterThanOrEqual(load.journal.agents.size);
          // The hash would have told: one letter in one row is another one.
          const rebuilt = await hashOf(dataSource, agentList.tables);
          await behind.query(`update registration.agent set scope = '{x}' where agent_id = $1`, [operator.clientId]);
          expect(await hashOf(dataSource, agentList.tables)).not.toBe(rebuilt);
        } finally {
          await dataSource.destroy();
        }
      },
      timeout,
    );
  });

  /** Whether no event that a list is made of lies behind its checkpoint. */
  const caughtUp = async (name: string) => {
    const [row] = await behind.query<{ done: boolean }>(
      `select not exists (select from es.event e where (e.stream like 'main/agent/%' or e.stream like 'main/iat/%')
          and (e.epoch, e.tx, e.position) > (c.epoch, c.tx, c.position)) as done
         from es.checkpoint c where c.name = $1`,
      [name],
    );
    return row?.done;
  };
});

/** Rejects when a service ends by itself: losing its database is no reason to. */
async function endOf({ process: service }: Replica): Promise<never> {
  const { code, signal } = await service.exit;
  throw new Error(`a service ended (${code ?? signal}): ${service.stderr().slice(-2_000)}`);
}

const tell = (what: string, times: readonly number[]) =>
  report(what, { median: quantile(times, 0.5), most: quantile(times, 1), unit: 'ms' });

async function hashes({ tables }: Projection, dataSource: DataSource, between: () => Promise<void>): Promise<readonly string[]> {
  const live = await hashOf(dataSource, tables);
  await between();
  return [live, await hashOf(dataSource, tables)];
}
