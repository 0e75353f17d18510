import { generateKey } from '@chancery/oauth/client';
import { type Behind, lookBehind, report, since, startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { atOnce, tally } from '../spec-kit/at-once.js';
import {
  type Answer,
  answerOf,
  askToken,
  assertionOf,
  callApi,
  type Client,
  metadataOf,
  mintIat,
  narrow,
  newAgent,
  operatorFrom,
  register,
} from '../spec-kit/clients.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Replica, type Replicas, replicasOn } from '../spec-kit/replica.js';
import { familyOf, suspend } from '../spec-kit/suspended.js';

const timeout = 120_000;

/** Chancery with a wire to its database that can be cut, and a server behind it that can be made to hang. */
describe('while the database is away', () => {
  let database: DurableDatabase;
  let proxy: TcpProxy;
  let behind: Behind;
  let replicas: Replicas;
  let replica: Replica;
  let issuer: string;
  let agent: Client;
  let token: string;
  /** For what revokes: it may be carried out though it was answered 503. */
  let spare: string;
  let iat: string;
  beforeAll(async () => {
    database = await durableDatabase();
    behind = await lookBehind(database.url);
    const url = new URL(database.url);
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    replicas = await replicasOn(url.href);
    replica = await replicas.start(0);
    ({ issuer } = replica);
    const operator = operatorFrom(replica.operator);
    iat = (await mintIat(operator, { uses: 100 })).token;
    agent = await newAgent(operator, { iat });
    token = (await askToken(agent)).body.access_token;
    spare = (await askToken(agent)).body.access_token;
  }, timeout);
  afterEach(() => proxy.accept());
  afterAll(async () => {
    await replicas?.close();
    await behind?.close();
    await proxy?.close();
    await database?.close();
  });

  const revoke = async (): Promise<Answer> => {
    const body = new URLSearchParams({
      token: spare,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(agent),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return answerOf(await fetch(`${issuer}/revoke`, { method: 'POST', headers, body: body.toString() }));
  };
  /** Everything that has to read or write the store. */
  const acts: Record<string, () => Promise<Answer>> = {
    token: () => askToken(agent),
    exchange: () => narrow(agent, token),
    registration: () => register(issuer, iat, metadataOf(generateKey())),
    revocation: revoke,
  };
  const inOrder = async () => {
    await waitFor(async () => (await fetch(`${issuer}/health/ready`)).status === 200, { timeout: 30_000 });
    await waitFor(async () => (await askToken(agent)).status === 200, { timeout: 30_000 });
    await waitFor(async () => (await callApi(agent, token)).status === 200, { timeout: 30_000 });
  };

  it(
    'every act that needs it is answered 503 with Retry-After, nothing is recorded, and all goes on by itself',
    async () => {
      await proxy.refuse();
      const { result, events } = await behind.during(async () => {
        const said: Record<string, unknown> = {};
        for (const [name, act] of Object.entries(acts)) {
          const { status, headers, body } = await act();
          said[name] = [status, body?.error, Number(headers.get('retry-after'))];
        }
        return said;
      });
      expect(result).toEqual(Object.fromEntries(Object.keys(acts).map((name) => [name, [503, 'temporarily_unavailable', 1]])));
      expect(events).toEqual([]);
      // Within its budget a gateway goes on, and keeps the record on its own disk (design §7, §8).
      expect((await callApi(agent, token)).status).toBe(200);
      expect((await fetch(`${issuer}/health/live`)).status).toBe(200);
      const ready = await answerOf(await fetch(`${issuer}/health/ready`));
      expect([ready.status, ready.body]).toEqual([503, { status: 'not_ready', not_ready: expect.arrayContaining(['event store']) }]);
      // Whoever verifies tokens needs these keys, and these keys need no database.
      expect((await fetch(`${issuer}/jwks`)).status).toBe(200);

      const away = performance.now();
      await proxy.accept();
      await inOrder();
      report('database reachable again, to a token and a call', { took: since(away), unit: 'ms' });
    },
    timeout,
  );

  it('a call that went on meanwhile has its record when the database is back: no number of the gateway’s is missing', async () => {
    const numbers = async (): Promise<readonly number[]> => {
      const rows = await behind.query<{ numbers: number[] | null }>(
        `select array_agg((said ->> 'number')::integer order by (said ->> 'number')::integer) as numbers
           from (select convert_from(data, 'utf8')::jsonb as said from bus.activity where type in ('activity.allowed', 'activity.denied')) record`,
      );
      return rows[0]?.numbers ?? [];
    };
    const said = await waitFor(async () => {
      const found = await numbers();
      return found.length > 0 && found.length === found.at(-1) && found;
    });
    expect(said).toEqual(said.map((_, at) => at + 1));
  });

  it(
    'connections cut in the middle of work cost nobody a wrong answer: a token has its event, a 503 says try again',
    async () => {
      for (let round = 0; round < 5; round++) {
        const { result, events } = await behind.during(async () => {
          const asking = atOnce(40, [issuer], (at, nth) => (nth % 2 === 0 ? askToken(agent, { at }) : narrow(agent, token, { at })));
          // Some of them are being recorded by now, and most are not.
          const head = await behind.head();
          await waitFor(async () => (await behind.head()) > head, { every: 1 });
          proxy.cut();
          const answers = await asking;
          await inOrder();
          return answers;
        });
        const counts = tally(result);
        expect(Object.keys(counts).filter((said) => said !== '200' && said !== '503 temporarily_unavailable')).toEqual([]);
        const jtis = result.filter(({ status }) => status === 200).map(({ body }) => jtiOf(body.access_token));
        const recorded = new Map<string, number>();
        for (const { data } of events) recorded.set(data.jti, (recorded.get(data.jti) ?? 0) + 1);
        expect(jtis.filter((jti) => recorded.get(jti) !== 1)).toEqual([]);
      }
    },
    timeout,
  );

  it(
    'a commit whose answer is lost on the way is looked up: its one event is there, and the token is given',
    async () => {
      const fresh = await newAgent(operatorFrom(replica.operator), { iat });
      const { result, events } = await behind.during(async () => {
        // On a new connection the append function's answer names its columns; everything else that was asked before is repeated there, too.
        proxy.cut();
        const lost = new AbortController();
        void proxy.loseAnswer((bytes) => bytes.includes('at_us')).then(() => lost.abort());
        const answers: Answer[] = [];
        while (!lost.signal.aborted) answers.push(await askToken(fresh));
        return answers;
      });
      expect(result.at(-1)?.status).toBe(200);
      const given = result.filter(({ status }) => status === 200).map(({ body }) => jtiOf(body.access_token));
      expect(events.filter(({ data }) => data.agentId === fresh.clientId).map(({ data }) => data.jti)).toEqual(given);
      await inOrder();
    },
    timeout,
  );

  it.skipIf(process.platform !== 'linux')(
    'a server that hangs and says nothing is away too: 503, nothing half done, and all goes on when it does',
    async () => {
      const before = await behind.head();
      const hung = suspend(familyOf(database.server.pid()));
      const began = performance.now();
      let answers: readonly Answer[];
      try {
        answers = await Promise.all([...Object.values(acts), ...Object.values(acts)].map((act) => act()));
      } finally {
        report('server hangs, to the last 503', { took: since(began), unit: 'ms' });
        hung.resume();
      }
      expect(answers.map(({ status, body }) => [status, body?.error])).toEqual(answers.map(() => [503, 'temporarily_unavailable']));
      expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(answers.map(() => '1'));
      await inOrder();
      // Sent before it hung, some may be carried out when it goes on; each of them once and whole, and no agent got a token for it.
      const late = (await behind.eventsAfter(before)).map(({ type }) => type);
      expect(late.filter((type) => type === 'agent.registered').length).toBeLessThanOrEqual(1);
      expect(await behind.query('select stream from es.event group by stream having max(revision) <> count(*)')).toEqual([]);
    },
    timeout,
  );

  it('is said in the log, and no part of the address of the database is', () => {
    const said = replica.process.stderr();
    expect(said).toContain('the event store is being waited for');
    expect(said).not.toContain(new URL(database.url).password);
    expect(said).not.toContain(`127.0.0.1:${proxy.port}`);
  });
});

const jtiOf = (jwt: string): string => (JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }).jti;
