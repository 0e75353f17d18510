import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { type Bus, openEmbeddedBus } from '@chancery/eventstore';
import {
  BusTransport,
  type Caller,
  callerHeader,
  createService,
  type LogFields,
  type PublicKey,
  type ServiceApp,
  silentLog,
} from '@chancery/platform';
import { freshDatabase, waitFor } from '@chancery/testing';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditModule, auditTopics } from './audit.module.js';
import { openAuditDatabase } from './database.js';
import { newGaps } from './numbering/report-gaps.js';
import { auditDatabase } from './spec-kit/database.js';
import { acknowledged, allowed, firstAt, recordOf } from './spec-kit/records.js';
import { rollOptions } from './spec-kit/roll.js';

const now = 1_790_000_000;
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
let bus: Bus;
let service: ServiceApp;
let url = '';

const server = createServer((req, res) => service.handle(req, res));
const logged: LogFields[] = [];

beforeAll(async () => {
  const database = await auditDatabase(await freshDatabase());
  dataSource = await openAuditDatabase({ url: database, connections: 6 });
  bus = openEmbeddedBus({ url: database });
  service = await createService({
    name: 'audit',
    log: silentLog,
    module: AuditModule.with({
      dataSource,
      keys: (from, kid) => (from === 'gateway' && kid === 'k1' ? published : undefined),
      now: () => now,
      log: { ...silentLog, error: (fields) => void logged.push(fields) },
      roll: rollOptions(),
      bus,
    }),
    transports: [new BusTransport({ bus, group: 'audit', topics: auditTopics })],
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await service.close();
  await bus.close();
  await dataSource.destroy();
});

const word = (path: string, change: { caller?: Caller; to?: 'audit' | 'token'; from?: 'gateway' | 'token'; now?: number } = {}): string =>
  callerHeader({ from: 'gateway', to: 'audit', key, method: 'GET', path, caller: operator, now, ...change });

interface Read {
  entries: { position: number; at: string; type: string; stream: string; data: { number?: number } }[];
}
const get = async (
  path: string,
  headers: Record<string, string> = { 'chancery-caller': word(path) },
): Promise<{ status: number; body: Read }> => {
  const answer = await fetch(`${url}${path}`, { headers });
  return { status: answer.status, body: (await answer.json()) as Read };
};
const log = async (query = ''): Promise<Read['entries']> => (await get(`/admin/v1/log${query}`)).body.entries;

describe('what is published', () => {
  it('enters the log once, in order, and can be read by an operator', async () => {
    await bus.publish([recordOf(allowed(1), { time: firstAt }), recordOf(allowed(2))]);
    await waitFor(async () => (await log()).length === 2);
    expect((await log()).map(({ position, at, type, data }) => [position, at, type, data.number])).toEqual([
      [1, '2026-09-21T14:13:20.000001Z', 'activity.allowed', 1],
      [2, '2026-09-21T14:13:20.000001Z', 'activity.allowed', 2],
    ]);
  });

  it('as an acknowledgement updates the list of gateways and does not enter the log', async () => {
    const before = (await log()).length;
    const time = Date.now() * 1_000;
    await bus.publish([recordOf(acknowledged({ entries: 4 }), { time }), recordOf(allowed(3))]);
    await waitFor(async () => (await log()).length === before + 1);
    const listed = async () => (await get('/admin/v1/gateways')).body as unknown as { gateways: { name: string; entries: number }[] };
    await waitFor(async () => (await listed()).gateways.length === 1);
    expect((await listed()).gateways).toMatchObject([{ name: 'gw-1', entries: 4 }]);
    expect(await log()).toHaveLength(before + 1);
  });

  it('is answered to who waits for it, as soon as it is there', async () => {
    const last = (await log()).at(-1)?.position ?? 0;
    const waiting = log(`?since=${last}&wait=25`);
    await bus.publish([recordOf(allowed(4))]);
    expect((await waiting).map(({ position }) => position)).toEqual([last + 1]);
  });

  it('that only tells of a reading of the log ends nobody’s wait: whoever follows it would answer himself for ever', async () => {
    const last = (await log()).at(-1)?.position ?? 0;
    const waiting = log(`?since=${last}&wait=25`);
    await bus.publish([recordOf(allowed(1, { path: '/admin/v1/log', run: 'run-3' }))]);
    await waitFor(async () => (await log(`?since=${last}`)).length === 1);
    await bus.publish([recordOf(allowed(2, { run: 'run-3' }))]);
    expect((await waiting).map(({ data }) => data.number)).toEqual([1, 2]);
  });

  it('is not waited for longer than asked, nor past a filter it does not pass', async () => {
    const last = (await log()).at(-1)?.position ?? 0;
    const waiting = get(`/admin/v1/log?since=${last}&wait=1&agent=ag_none`);
    await bus.publish([recordOf(allowed(5))]);
    expect(await waiting).toEqual({ status: 200, body: { entries: [] } });
  });

  it('and is missing from a gateway’s own numbering is reported once, when it has not come for ten seconds', async () => {
    await bus.publish([recordOf(allowed(7, { run: 'run-2' })), recordOf(allowed(1, { run: 'run-2' }))]);
    await waitFor(async () => (await log()).some(({ data }) => data.number === 7));
    expect(await newGaps(dataSource)).toEqual([]);
    await dataSource.query("UPDATE audit.numbering SET gap_since = gap_since - interval '11 s'");
    expect(await newGaps(dataSource)).toEqual([{ source: 'main/gateway/gw-1', run: 'run-2', missing: 5 }]);
    expect(await newGaps(dataSource)).toEqual([]);
  });
});

describe('the log’s door', () => {
  it.each<[string, () => Record<string, string>]>([
    ['no word of the gateway', () => ({})],
    ['a word for another service', () => ({ 'chancery-caller': word('/admin/v1/log', { to: 'token' }) })],
    ['a word of another service', () => ({ 'chancery-caller': word('/admin/v1/log', { from: 'token' }) })],
    ['a word for another path', () => ({ 'chancery-caller': word('/admin/v1/gateways') })],
    ['a word that is over', () => ({ 'chancery-caller': word('/admin/v1/log', { now: now - 31 }) })],
    ['a word that was changed', () => ({ 'chancery-caller': `${word('/admin/v1/log').slice(0, -4)}AAAA` })],
  ])('is shut to %s: 401', async (_name, headers) => {
    expect((await get('/admin/v1/log')).status).toBe(200);
    expect((await get('/admin/v1/log', headers())).status).toBe(401);
  });

  it('is shut to an operator without chancery:audit: 403, at both', async () => {
    const caller = { ...operator, scope: ['chancery:registry', 'chancery:auditor'] };
    for (const path of ['/admin/v1/log', '/admin/v1/gateways'])
      expect((await get(path, { 'chancery-caller': word(path, { caller }) })).status).toBe(403);
  });

  it.each([
    'since=-1',
    'since=x',
    'since=1.5',
    'since=',
    'since=99999999999999999999',
    'limit=0',
    'limit=1001',
    'limit=x',
    'wait=26',
    'wait=-1',
    'agent=',
    "agent=a'b",
    'type=A',
    `agent=${'a'.repeat(129)}`,
    'limit=1&limit=2',
    'more=1',
    'since[x]=1',
  ])('answers ?%s with 400 invalid_request, and says which', async (query) => {
    const { status, body } = await get(`/admin/v1/log?${query}`, { 'chancery-caller': word('/admin/v1/log') });
    expect([status, body]).toEqual([
      400,
      {
        error: 'invalid_request',
        error_description: expect.stringMatching(/^(unknown parameter|(agent|type|since|limit|wait) is unacceptable)$/) as string,
      },
    ]);
  });

  it('gives a hundred entries unless told, a thousand at most', async () => {
    const last = (await log()).at(-1)?.position ?? 0;
    await bus.publish(Array.from({ length: 150 }, (_, n) => recordOf(allowed(100 + n, { run: 'run-3' }))));
    await waitFor(async () => (await log(`?since=${last}&limit=1000`)).length === 150);
    expect(await log(`?since=${last}`)).toHaveLength(100);
    expect(await log(`?since=${last}&limit=1`)).toHaveLength(1);
  });
});

describe('a record nobody can read', () => {
  it('goes into quarantine and enters nothing (EVT-04)', async () => {
    const last = (await log('?limit=1000')).at(-1)?.position ?? 0;
    await bus.publish([recordOf(allowed(900), { version: 99, key: 'unreadable' }), recordOf(allowed(901), { key: 'readable' })]);
    await waitFor(async () => (await bus.quarantined('audit')).length === 1);
    await waitFor(async () => (await log(`?since=${last}`)).length === 1);
    expect((await log(`?since=${last}`)).map(({ data }) => data.number)).toEqual([901]);
  });
});
