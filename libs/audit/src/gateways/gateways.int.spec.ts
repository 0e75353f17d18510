import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bus, openEmbeddedBus } from '@chancery/eventstore';
import { type Caller, callerHeader, createService, type PublicKey, type ServiceApp, silentLog } from '@chancery/platform';
import { freshDatabase, waitFor } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditModule } from '../audit.module.js';
import { openAuditDatabase } from '../database.js';
import { rfc3339 } from '../log/time.js';
import { auditDatabase } from '../spec-kit/database.js';
import { acknowledged, messageOf } from '../spec-kit/records.js';
import { rollOptions } from '../spec-kit/roll.js';
import { Gateways } from './gateways.js';
import { keepAcknowledgements } from './acknowledgements.js';
import { type GatewayList, listGateways } from './list-gateways.js';

const second = 1_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { kid: 'k1', alg: 'ES256', privateKey } as const;
const published: PublicKey = { kid: 'k1', alg: 'ES256', key: publicKey, jwk: publicKey.export({ format: 'jwk' }) as PublicKey['jwk'] };
const operator: Caller = {
  clientId: 'op_1',
  scope: ['chancery:audit'],
  grantId: 'gr_op',
  jti: 'tk_op',
  iat: 1_700_000_000,
  kid: 'k_op',
  profile: 'service',
};

let dataSource: DataSource;
let owner: DataSource;
let bus: Bus;
let service: ServiceApp;
let url = '';
/** Microseconds by the database's clock when a spec begins. */
let now = 0;
const server = createServer((req, res) => service.handle(req, res));

beforeAll(async () => {
  const database = await freshDatabase();
  const audit = await auditDatabase(database);
  dataSource = await openAuditDatabase({ url: audit, connections: 6 });
  bus = openEmbeddedBus({ url: audit });
  owner = await new DataSource({ type: 'postgres', url: database, installExtensions: false }).initialize();
  service = await createService({
    name: 'audit',
    log: silentLog,
    module: AuditModule.with({
      dataSource,
      keys: (from, kid) => (from === 'gateway' && kid === 'k1' ? published : undefined),
      now: () => 1_790_000_000,
      log: silentLog,
      roll: rollOptions(),
      bus,
    }),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  await owner.query('DELETE FROM audit.gateway');
  const [clock]: { now: string }[] = await owner.query('SELECT floor(extract(epoch FROM es.now()) * 1000000)::bigint AS now');
  now = Number(clock?.now);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await service.close();
  await bus.close();
  await Promise.all([dataSource.destroy(), owner.destroy()]);
});

type Word = Parameters<typeof acknowledged>[0];
/** What a gateway says, so many microseconds after the spec began. */
const word = (change: Word, after = 0) => messageOf(acknowledged(change), { time: now + after });
const keep = (...words: ReturnType<typeof word>[]) => keepAcknowledgements(dataSource, words);
const list = async () => (await listGateways(dataSource, 'main')).gateways;
const positions = async () => (await list())[0]?.applied.map(({ position }) => position);

describe('the list of gateways', () => {
  it('says of each, by its newest word, how far it is, its longest budget, and what it applied since when', async () => {
    await keep(
      word({ gateway: 'gw-2', run: 'run-9', entries: 7 }),
      word({ position: '41', budget: 30 }, -5),
      word({ position: '42', budget: 30, entries: 4, appliedThrough: now - 100 }, -3),
    );
    const applied_through = rfc3339(1_790_000_000_000_000);
    expect(await list()).toEqual([
      {
        name: 'gw-1',
        run: 'run-1',
        applied_through: rfc3339(now - 100),
        entries: 4,
        heard_at: rfc3339(now - 3),
        alive: true,
        budget: 30,
        applied: [
          { position: '41', at: rfc3339(now - 5) },
          { position: '42', at: rfc3339(now - 3) },
        ],
      },
      { name: 'gw-2', run: 'run-9', applied_through, entries: 7, heard_at: rfc3339(now), alive: true, budget: null, applied: [] },
    ]);
  });

  it('does not count those as alive that were not heard for ten seconds, nor list those not heard for a day', async () => {
    await keep(
      word({ gateway: 'gw-1' }, -9 * second),
      word({ gateway: 'gw-2' }, -11 * second),
      word({ gateway: 'gw-3' }, -86_390 * second),
      word({ gateway: 'gw-4' }, -86_401 * second),
    );
    expect((await list()).map(({ name, alive }) => [name, alive])).toEqual([
      ['gw-1', true],
      ['gw-2', false],
      ['gw-3', false],
    ]);
  });

  it('never lets an older word replace a newer one, and keeps the position in it all the same', async () => {
    await keep(word({ entries: 9, run: 'run-2', position: '50', budget: 5 }, 10));
    await keep(word({ entries: 8, run: 'run-1', position: '49', budget: 30 }, 5));
    expect(await list()).toMatchObject([
      {
        run: 'run-2',
        entries: 9,
        budget: 5,
        heard_at: rfc3339(now + 10),
        applied: [
          { position: '49', at: rfc3339(now + 5) },
          { position: '50', at: rfc3339(now + 10) },
        ],
      },
    ]);
  });

  it('does the same within one batch, in whatever order it came', async () => {
    await keep(word({ entries: 9, position: '50' }, 10), word({ entries: 8, position: '49' }, 5), word({ entries: 7 }, 7));
    expect(await list()).toMatchObject([{ entries: 9, applied: [{ position: '49' }, { position: '50' }] }]);
  });

  it('keeps what a word with no position came after', async () => {
    await keep(word({ position: '41' }));
    await keep(word({ entries: 5 }, 5));
    expect(await list()).toMatchObject([{ entries: 5, applied: [{ position: '41' }] }]);
  });

  it('keeps the first time of a position that is said twice, whichever comes first', async () => {
    await keep(word({ position: '41' }, 10), word({ position: '42' }, 10));
    await keep(word({ position: '41' }, 20), word({ position: '42' }, 5));
    expect((await list())[0]?.applied).toEqual([
      { position: '42', at: rfc3339(now + 5) },
      { position: '41', at: rfc3339(now + 10) },
    ]);
  });

  it('keeps the latest 64 positions, and not more in one batch', async () => {
    const said = Array.from({ length: 70 }, (_, n) => word({ position: String(n + 1) }, n));
    const latest = said.slice(-64).map(({ event }) => event.position);
    await keep(...said);
    expect(await positions()).toEqual(latest);
    await keep(word({ position: '100' }, 100));
    expect(await positions()).toEqual([...latest.slice(1), '100']);
    await keep(word({ position: '7' }, 6));
    expect(await positions()).toEqual([...latest.slice(1), '100']);
  });

  it('takes a position as large as any', async () => {
    await keep(word({ position: '9999999999999999999' }));
    expect(await positions()).toEqual(['9999999999999999999']);
  });

  it('is kept by two replicas at once without one losing the other’s', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `gw-${n}`);
    const rounds = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(
      rounds.map((round) => {
        const said = names.map((gateway) => word({ gateway, position: String(round + 1) }, round));
        return keep(...(round % 2 === 0 ? said : said.toReversed()));
      }),
    );
    const everything = rounds.map((round) => String(round + 1));
    expect((await list()).map(({ applied }) => applied.map(({ position }) => position))).toEqual(names.map(() => everything));
  });
});

describe('waiting for the list to change', () => {
  const path = '/admin/v1/gateways';
  const says = (caller: Caller = operator) =>
    callerHeader({ from: 'gateway', to: 'audit', key, method: 'GET', path, caller, now: 1_790_000_000 });
  const get = async (query = '', headers: Record<string, string> = { 'chancery-caller': says() }) => {
    const answer = await fetch(`${url}${path}${query}`, { headers });
    return { status: answer.status, body: (await answer.json()) as GatewayList };
  };
  const gateways = () => new Gateways(dataSource, { keys: () => undefined, now: () => 0 }, silentLog);

  it('answers at once when it is not the list that is known, however long somebody would wait', async () => {
    const { changes } = (await get()).body;
    await keep(word({ position: '41' }));
    const { body } = await get(`?since=${changes}&wait=25`);
    expect(body.changes).toBe(changes + 1);
    expect(body.gateways).toMatchObject([{ applied: [{ position: '41' }] }]);
  });

  it('answers as soon as somebody acknowledges, whichever process keeps it', async () => {
    for (const position of ['41', '42']) {
      const { changes } = (await get()).body;
      const waiting = get(`?since=${changes}&wait=25`);
      await gateways().acknowledge([word({ position }, Number(position))]);
      expect((await waiting).body.gateways[0]?.applied.at(-1)?.position).toBe(position);
    }
  });

  it('waits for the next change where no list is known', async () => {
    await keep(word({}));
    let answered = false;
    const waiting = get('?wait=25').finally(() => (answered = true));
    const others = await get();
    expect([others.body.gateways.length, answered]).toEqual([1, false]);
    // It may not have begun to wait yet.
    await waitFor(async () => {
      await keep(word({ entries: 5 }, 1));
      return answered;
    });
    expect((await waiting).body.gateways).toMatchObject([{ entries: 5 }]);
  });

  it('ends with the list as it is when nothing changed for as long as was asked', async () => {
    const { changes } = (await get()).body;
    const began = performance.now();
    const { status, body } = await get(`?since=${changes}&wait=1`);
    expect([status, body.changes]).toEqual([200, changes]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
  });

  it.each(['wait=26', 'wait=-1', 'wait=', 'wait=1.5', 'since=-1', 'since=x', 'since=', 'wait=1&wait=2', 'more=1', 'since[x]=1'])(
    'refuses ?%s with 400 invalid_request, and says which',
    async (query) => {
      const { status, body } = await get(`?${query}`);
      const error_description = expect.stringMatching(/^(unknown parameter|(since|wait) is unacceptable)$/) as string;
      expect([status, body]).toEqual([400, { error: 'invalid_request', error_description }]);
    },
  );

  it('is for operators with chancery:audit alone', async () => {
    expect((await get()).status).toBe(200);
    expect((await get('', {})).status).toBe(401);
    expect((await get('', { 'chancery-caller': says({ ...operator, scope: ['chancery:revoke'] }) })).status).toBe(403);
  });
});
