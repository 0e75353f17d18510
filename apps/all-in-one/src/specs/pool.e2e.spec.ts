import { generateKey } from '@chancery/oauth/client';
import { type Behind, lookBehind, quantile, report, since, waitFor } from '@chancery/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { atOnce, tally } from '../spec-kit/at-once.js';
import {
  administer,
  type Answer,
  askToken,
  callApi,
  type Client,
  metadataOf,
  mintIat,
  narrow,
  operatorFrom,
  register,
} from '../spec-kit/clients.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Replicas, replicasOn } from '../spec-kit/replica.js';
import { suspend } from '../spec-kit/suspended.js';

const callers = 256;
const timeout = 150_000;

/** What a service's pool may hold besides those that read: two lanes, and the one that notifies. */
const writing = 3;

/** Milliseconds that a service gives a new connection; who waits for one that is there waits as long as it takes. */
const openingTimeout = 5_000;

describe('more callers than connections', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const each of opened.toReversed()) await each.close();
  });
  const keep = <Thing extends { close(): Promise<void> }>(thing: Thing): Thing => {
    opened.push(thing);
    return thing;
  };

  const serve = async (connections: number) => {
    const database: DurableDatabase = keep(await durableDatabase());
    const behind: Behind = keep(await lookBehind(database.url));
    const replicas: Replicas = keep(await replicasOn(database.url, { CHANCERY_CONNECTIONS: String(connections) }));
    const replica = await replicas.start(0);
    return { ...replica, behind, operator: operatorFrom(replica.operator) };
  };

  it.each([10, 2])(
    'are all answered on a pool of %i, 256 of them at once, whatever they ask',
    async (connections) => {
      const { url, issuer, operator, behind } = await serve(connections);
      const iat = await mintIat(operator, { uses: callers });
      const pools = watchPools(behind);

      /** All at once; answers with what each was told, and the events that came of it. */
      const wave = async (what: string, ask: (nth: number) => Promise<Answer>) => {
        const times: number[] = [];
        const { result, events } = await behind.during(() =>
          atOnce(callers, [url], async (_, nth) => {
            const began = performance.now();
            const answer = await ask(nth);
            times.push(since(began));
            return answer;
          }),
        );
        report(`${callers} callers on ${connections} connections, ${what}`, {
          median: quantile(times, 0.5),
          p99: quantile(times, 0.99),
          unit: 'ms',
        });
        return {
          answers: result,
          types: Object.entries(Object.groupBy(events, ({ type }) => type)).map(([type, all]) => [type, all?.length]),
        };
      };

      const keys = Array.from({ length: callers }, () => generateKey());
      const registered = await wave('registration', (nth) => register(issuer, iat.token, metadataOf(keys[nth] ?? generateKey())));
      expect(tally(registered.answers)).toEqual({ '201': callers });
      expect(registered.types).toEqual([['agent.registered', callers]]);

      // Nobody's stream has been read yet: each of these waits for a connection that reads, too.
      const agents = registered.answers.map(({ body }, nth): Client => ({
        clientId: body.client_id,
        key: keys[nth] ?? generateKey(),
        issuer,
      }));
      const agent = (nth: number) => agents[nth] as Client;
      const issued = await wave('token', (nth) => askToken(agent(nth)));
      expect(tally(issued.answers)).toEqual({ '200': callers });
      expect(issued.types).toEqual([['grant.token-issued', callers]]);

      const tokens = issued.answers.map(({ body }) => String(body.access_token));
      const narrowed = await wave('exchange', (nth) => narrow(agent(nth), tokens[nth] ?? ''));
      expect(tally(narrowed.answers)).toEqual({ '200': callers });
      expect(narrowed.types).toEqual([['grant.token-exchanged', callers]]);

      const called = await wave('call through the gateway', (nth) => callApi(agent(nth), tokens[nth] ?? ''));
      expect(tally(called.answers)).toEqual({ '200': callers });

      const listed = await wave('page of the log', () =>
        administer(operator, { scope: 'chancery:audit', method: 'GET', path: '/log?limit=10' }),
      );
      expect(tally(listed.answers)).toEqual({ '200': callers });

      expect(await pools.stop()).toEqual({
        registration: expect.toSatisfy(atMost(connections + writing)),
        token: expect.toSatisfy(atMost(connections + writing)),
        exchange: expect.toSatisfy(atMost(connections + writing)),
      });
    },
    timeout,
  );

  it(
    'wait for a connection longer than one may take to open, and are answered all the same',
    async () => {
      const { operator, behind } = await serve(2);
      const page = () => administer(operator, { scope: 'chancery:audit', method: 'GET', path: '/log?limit=10' });
      const pids = await waitFor(async () => {
        await Promise.all(Array.from({ length: 10 }, page));
        const rows = await behind.query<{ pid: number }>(`select pid from pg_stat_activity where application_name = 'chancery audit'`);
        return rows.length === 2 && rows.map(({ pid }) => pid);
      });
      const halted = suspend(pids);
      const began = performance.now();
      let asked: Promise<readonly Answer[]>;
      try {
        asked = Promise.all(Array.from({ length: 20 }, page));
        await waitFor(() => since(began) > openingTimeout + 1_000, { timeout: 30_000 });
      } finally {
        halted.resume();
      }
      expect(tally(await asked)).toEqual({ '200': 20 });
    },
    timeout,
  );
});

const atMost = (most: number) => (count: number) => count > 0 && count <= most;

/** Looks all the while how many connections each service's store has: a pool that grew with its callers would prove nothing. */
function watchPools(behind: Behind) {
  const most: Record<string, number> = {};
  const stopping = new AbortController();
  const look = async () => {
    while (!stopping.signal.aborted) {
      const rows = await behind.query<{ service: string; count: number }>(
        `select substr(application_name, 10) as service, count(*)::integer as count from pg_stat_activity
          where application_name in ('chancery registration', 'chancery token', 'chancery exchange') group by 1`,
      );
      for (const { service, count } of rows) most[service] = Math.max(most[service] ?? 0, count);
    }
  };
  const looked = look();
  return {
    async stop() {
      stopping.abort();
      await looked;
      return most;
    },
  };
}
