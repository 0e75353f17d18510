import { asSent, claimsOf, clusterAt, report, since, startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerMissing } from '../spec-kit/broker-missing.js';
import { chancery } from '../spec-kit/chancery.js';
import { administer, type Answer, askToken, callApi, type Client, newAgent } from '../spec-kit/clients.js';
import { type Composed, composed, type Extra } from '../spec-kit/composed.js';
import { logged } from '../spec-kit/process-log.js';
import { revocationKey } from '../spec-kit/revocation-key.js';
import { recordsBy, strangersKey } from '../spec-kit/revocation-records.js';

const missing = await brokerMissing();
const timeout = 120_000;
/** Seconds. */
const budget = 5;
const topic = 'chancery.revocations';

interface Gateway {
  readonly name: string;
  readonly url: string;
  stderr(): string;
}

interface Mandate {
  readonly agent: Client;
  readonly token: string;
  readonly grant: string;
}

describe.skipIf(missing)(`three gateways${missing ? ` (${missing})` : ''}`, () => {
  let stack: Composed;
  /** Its way to the feed leads over a wire of its own. */
  let third: Extra;
  let wire: TcpProxy;
  let gateways: readonly Gateway[];
  let agent: Client;
  /** How many grants were ended: so many entries has the set. */
  let ended = 0;

  beforeAll(async () => {
    stack = await composed({ CHANCERY_STALENESS_BUDGET: String(budget), CHANCERY_STORE_AWAY_BUDGET: '10' });
    const token = new URL(stack.variables('gateway')['CHANCERY_TOKEN_URL'] ?? '');
    wire = await startTcpProxy({ host: token.hostname, port: Number(token.port) });
    const second = await stack.extraGateway('gw-2');
    third = await stack.extraGateway('gw-3', { CHANCERY_TOKEN_URL: `http://127.0.0.1:${wire.port}` });
    gateways = [
      { name: 'gw-1', url: stack.issuer, stderr: stack.said },
      { name: 'gw-2', url: second.url, stderr: second.process.stderr },
      { name: 'gw-3', url: third.url, stderr: third.process.stderr },
    ];
    agent = await newAgent(stack.operator);
  }, timeout);
  afterAll(async () => {
    await stack?.close();
    await wire?.close();
  }, timeout);

  const mandate = async (): Promise<Mandate> => {
    const { body } = await askToken(agent);
    return { agent, token: body.access_token, grant: claimsOf(body.access_token)['grant_id'] ?? '' };
  };
  const callAt = (gateway: Gateway, { token }: Mandate) => callApi(agent, token, { at: gateway.url });
  const statuses = (held: Mandate) => Promise.all(gateways.map(async (gateway) => (await callAt(gateway, held)).status));
  const revoke = async ({ grant }: Mandate): Promise<void> => {
    const path = `/grants/${grant}/revoke`;
    const { status } = await administer(stack.operator, { scope: 'chancery:revoke', path, body: { reason: 'a spec' } });
    expect(status).toBe(200);
    ended += 1;
  };
  const isRefused = ({ status, headers }: Answer) => status === 401 && headers.get('www-authenticate')?.includes('invalid_token');
  const refusedAt = (gateway: Gateway, held: Mandate) =>
    waitFor(async () => isRefused(await callAt(gateway, held)), { timeout: 30_000, every: 5 });
  /** Milliseconds from the answer of a revocation to the refusal at each of them. */
  const untilRefused = (held: Mandate, at: readonly Gateway[]) => {
    const began = performance.now();
    return Promise.all(at.map(async (gateway) => (await refusedAt(gateway, held), since(began))));
  };
  const list = async () => {
    const { body } = await administer(stack.operator, { scope: 'chancery:audit', method: 'GET', path: '/gateways' });
    return body.gateways as readonly { name: string; alive: boolean; entries: number }[];
  };
  const allAlive = () => waitFor(async () => (await list()).filter(({ alive }) => alive).length === 3, { timeout: 30_000 });
  /** One that only Kafka can reach. */
  const withoutFeed = async <T>(act: () => Promise<T>): Promise<T> => {
    await wire.refuse();
    try {
      return await act();
    } finally {
      await wire.accept();
    }
  };

  it(
    'refuse at all three what is revoked, over Kafka: the feed of one of them was cut before',
    async () => {
      const held = await mandate();
      expect(await statuses(held)).toEqual([200, 200, 200]);
      await withoutFeed(async () => {
        await revoke(held);
        const took = await untilRefused(held, gateways);
        report('revoked to refused, over Kafka', { ms: took.join(' / ') });
        expect(Math.max(...took)).toBeLessThan(budget * 1_000);
      });
    },
    timeout,
  );

  it(
    'are what `chancery revoke` waits for, and says after how many milliseconds',
    async () => {
      const held = await mandate();
      expect(await statuses(held)).toEqual([200, 200, 200]);
      await allAlive();
      const { code, stdout, stderr } = await chancery(stack, 'revoke', 'grant', held.grant, '--reason', 'a spec');
      expect([code, stderr]).toEqual([0, '']);
      ended += 1;
      expect(stdout).toMatch(/^ +in force at 3 of 3 gateways after \d+ ms$/m);
      expect(await statuses(held)).toEqual([401, 401, 401]);
      report('chancery revoke', { says: stdout.trim().split('\n').at(-1)?.trim() ?? '' });
    },
    timeout,
  );

  describe('while the broker is stopped', () => {
    beforeAll(() => stack.kill('kafka'));

    it(
      'refuse at all three what is revoked, over the feed, and go on with all else',
      async () => {
        const [dead, living] = [await mandate(), await mandate()];
        expect(await statuses(dead)).toEqual([200, 200, 200]);
        await revoke(dead);
        const took = await untilRefused(dead, gateways);
        report('revoked to refused, over the feed', { ms: took.join(' / ') });
        // One that has not noticed yet that Kafka is silent denies all by its budget.
        expect(Math.max(...took)).toBeLessThan(budget * 1_000);
        expect(await statuses(living)).toEqual([200, 200, 200]);
      },
      timeout,
    );

    it(
      'deny all by their budget where the feed is cut off, too, and go on when it is back',
      async () => {
        const [dead, living] = [await mandate(), await mandate()];
        const [first, second, cutOff] = gateways as [Gateway, Gateway, Gateway];
        expect(await statuses(dead)).toEqual([200, 200, 200]);
        await wire.refuse();
        await revoke(dead);
        const began = performance.now();
        const calls = { last: 0 };
        const denied = waitFor(
          async () => {
            const started = performance.now();
            const { status, body } = await callAt(cutOff, dead);
            if (status === 200) calls.last = started;
            return status === 503 && body;
          },
          { timeout: 30_000, every: 10 },
        );
        const [took, body] = await Promise.all([untilRefused(dead, [first, second]), denied]);
        report('revoked to refused over the feed, and denied by the one without', { ms: [...took, since(began)].join(' / ') });
        expect(body).toMatchObject({ error: 'temporarily_unavailable' });
        expect(calls.last - began).toBeLessThan(budget * 1_000);
        expect((await callAt(cutOff, living)).status).toBe(503);
        expect((await fetch(`${cutOff.url}/health/ready`)).status).toBe(503);

        await wire.accept();
        await refusedAt(cutOff, dead);
        await waitFor(async () => (await callAt(cutOff, living)).status === 200, { timeout: 30_000 });
      },
      timeout,
    );

    it(
      'hear of what is revoked over Kafka again when it is back',
      async () => {
        const began = performance.now();
        await stack.startAgain('kafka');
        const broker = since(began);
        await allAlive();
        report('broker started again, to its first word and to all acknowledgements', { ms: [broker, since(began)].join(' / ') });
        const held = await mandate();
        await waitFor(async () => (await statuses(held)).every((status) => status === 200), { timeout: 30_000 });
        await withoutFeed(async () => {
          await revoke(held);
          await untilRefused(held, gateways);
        });
      },
      timeout,
    );
  });

  describe('when somebody else writes to their topic', () => {
    let dead: Mandate;
    let living: Mandate;
    const alarms = (gateway: Gateway) =>
      logged(gateway.stderr())
        .filter(({ msg, service }) => msg === 'the revocation set needs a look' && ['', 'gateway'].includes(service))
        .map(({ reason }) => reason);
    /** Reasons told since the last look at each of them. */
    const seen = new Map<Gateway, number>();
    const fresh = (gateway: Gateway) => alarms(gateway).slice(seen.get(gateway) ?? 0);

    beforeAll(async () => {
      [dead, living] = [await mandate(), await mandate()];
      await revoke(dead);
      await untilRefused(dead, gateways);
      for (const gateway of gateways) seen.set(gateway, alarms(gateway).length);
    }, timeout);

    it.each<[string, string, (act: { records: ReturnType<typeof recordsBy>; forged: ReturnType<typeof recordsBy> }) => Promise<unknown>]>([
      [
        'an old signed entry, which nobody sends any more',
        'record_replayed',
        // Older than any token can be.
        ({ records }) => clusterAt(stack.kafka).plant(topic, records.entry(living.grant, 1n, (Date.now() - 3_600_000) * 1_000)),
      ],
      [
        'an old signed heartbeat, from the time before the revocation',
        'record_replayed',
        async () => {
          const cluster = clusterAt(stack.kafka);
          const beats = (await cluster.contentsOf(topic)).filter(({ key }) => String(key) === 'heartbeat');
          const [oldest] = beats;
          if (!oldest) throw new Error('there is no heartbeat');
          await cluster.plant(topic, asSent(oldest));
        },
      ],
      [
        'a tombstone of what is revoked',
        'tombstone',
        () => clusterAt(stack.kafka).plant(topic, { key: `grant/${dead.grant}`, value: null }),
      ],
      [
        'a forged entry',
        'record_unreadable',
        ({ forged }) => clusterAt(stack.kafka).plant(topic, forged.entry(living.grant, 9_000n, Date.now() * 1_000)),
      ],
      [
        'a forged heartbeat, by which nothing is revoked',
        'record_unreadable',
        ({ forged }) => clusterAt(stack.kafka).plant(topic, forged.allClear()),
      ],
    ])(
      'are not moved by %s, and alarm',
      async (_what, reason, plant) => {
        const key = await revocationKey(stack.data);
        for (const gateway of gateways) seen.set(gateway, alarms(gateway).length);
        await plant({ records: recordsBy(key, stack.issuer), forged: recordsBy(strangersKey(key.kid), stack.issuer) });
        for (const gateway of gateways) await waitFor(() => fresh(gateway).includes(reason), { timeout: 30_000 });
        expect(await statuses(dead)).toEqual([401, 401, 401]);
        expect(await statuses(living)).toEqual([200, 200, 200]);
      },
      timeout,
    );

    it(
      'hold the same set as before, and go on with what is revoked after that',
      async () => {
        expect(gateways.flatMap(alarms)).not.toContain('digest_mismatch');
        await waitFor(async () => (await list()).every(({ entries }) => entries === ended), { timeout: 20_000 });
        await revoke(living);
        await untilRefused(living, gateways);
        for (const { url } of gateways) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      },
      timeout,
    );
  });
});
