import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { databaseRole, migrate, openEventStore, type PostgresEventStore } from '@chancery/eventstore';
import { importPublicJwk } from '@chancery/oauth';
import { generateKey } from '@chancery/oauth/client';
import {
  callerHeader,
  callerHeaderName,
  createService,
  type KeyRing,
  openGuardedFetch,
  openRemoteKeys,
  type ServiceApp,
  silentLog,
} from '@chancery/platform';
import { freshDatabase } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenModule, type TokenOptions } from '../token.module.js';
import { reserveProof } from './reserve-proof.js';

const issuer = 'https://id.example';
const signer = generateKey();
const key = { kid: signer.thumbprint, alg: 'ES256', privateKey: signer.privateKey } as const;
const imported = importPublicJwk(signer.publicJwk);

let database = '';
let store: PostgresEventStore;
let service: ServiceApp;
let url = '';
const server = createServer((req, res) => service.handle(req, res));

beforeAll(async () => {
  database = await freshDatabase();
  await migrate({ url: database });
  store = await openEventStore({
    url: Object.assign(new URL(database), { username: databaseRole('token') }).href,
    role: 'token',
    readers: 2,
    lanes: 1,
  });
  const module = TokenModule.with({
    store,
    issuer,
    keys: {} as KeyRing, // nothing is signed here
    fanOut: {} as TokenOptions['fanOut'], // nor is the feed asked
    operators: {
      service: 'token',
      now: () => store.now(),
      // Each service under its own name: the gateway's key vouches for no other.
      keys: (_from, kid) => (kid === key.kid ? { kid, alg: 'ES256', key: imported.key, jwk: imported.jwk } : undefined),
    },
    refusals: { record: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() },
    remoteKeys: openRemoteKeys({ fetch: openGuardedFetch() }),
    grantTypes: [],
  });
  service = await createService({ name: 'token', module, log: silentLog });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/proofs`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await service.close();
  await store.close();
});

const word = (change: Partial<Parameters<typeof callerHeader>[0]> = {}): Record<string, string> => ({
  [callerHeaderName]: callerHeader({ from: 'gateway', to: 'token', key, method: 'POST', path: '/proofs', now: store.now(), ...change }),
});

const proof = (change: object = {}): object => ({ jkt: 'A'.repeat(43), jti: randomUUID(), end: Math.floor(store.now()) + 360, ...change });

async function ask(body: unknown, headers: Record<string, string> = word()): Promise<{ status: number; body: unknown }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text });
  return { status: answer.status, body: await answer.json() };
}

const fresh = { status: 200, body: { proof: 'fresh' } };
const used = { status: 200, body: { proof: 'used' } };

describe('a proof that a gateway reserves', () => {
  it('is fresh once, whoever asks, and used ever after (DPOP-07)', async () => {
    const one = proof();
    expect(await ask(one)).toEqual(fresh);
    expect(await ask(one)).toEqual(used);
    const eight = proof();
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(eight)));
    expect(answers.filter(({ body }) => JSON.stringify(body) === '{"proof":"fresh"}')).toHaveLength(1);
    expect(answers.filter(({ body }) => JSON.stringify(body) === '{"proof":"used"}')).toHaveLength(7);
  });

  it('burns nobody else’s: neither another key’s nor another jti (S-103)', async () => {
    const one = proof();
    expect(await ask(one)).toEqual(fresh);
    expect(await ask({ ...one, jkt: 'B'.repeat(43) })).toEqual(fresh);
    expect(await ask({ ...one, jti: randomUUID() })).toEqual(fresh);
  });

  it('is remembered by another process over the same store', async () => {
    const one = proof();
    expect(await ask(one)).toEqual(fresh);
    const other = await openEventStore({
      url: Object.assign(new URL(database), { username: databaseRole('token') }).href,
      role: 'token',
      readers: 1,
      lanes: 1,
    });
    try {
      expect(await reserveProof(Buffer.from(JSON.stringify(one)), other)).toEqual({ proof: 'used' });
    } finally {
      await other.close();
    }
  });

  it('is expired when its end is over, or too far ahead to be remembered, by the database’s clock', async () => {
    const now = Math.floor(store.now());
    expect(await ask(proof({ end: now - 120 }))).toEqual({ status: 200, body: { proof: 'expired' } });
    expect(await ask(proof({ end: now + 3_600 }))).toEqual({ status: 200, body: { proof: 'expired' } });
    expect(await ask(proof({ end: now + 420 }))).toEqual(fresh);
  });

  it('records no event', async () => {
    const count = async () => (await store.dataSource.query('SELECT count(*) AS events FROM es.event')) as unknown;
    const before = await count();
    expect(await ask(proof())).toEqual(fresh);
    expect(await count()).toEqual(before);
  });
});

describe('who is no gateway', () => {
  it.each<[string, () => Record<string, string>]>([
    ['without a word', () => ({})],
    ['with a word for another path', () => word({ path: '/revocations/feed' })],
    ['with a word for another method', () => word({ method: 'GET' })],
    ['with a word to another service', () => word({ to: 'audit' })],
    ['with a word that is over', () => word({ now: store.now() - 31 })],
    ['with another service’s word', () => word({ from: 'exchange' })],
    ['with a word under a key nobody knows', () => word({ key: { ...key, kid: 'other' } })],
  ])('is refused %s, and uses nothing up', async (_name, headers) => {
    const one = proof();
    expect((await ask(one, headers())).status).toBe(401);
    expect(await ask(one)).toEqual(fresh);
  });
});

describe('a reservation that is malformed', () => {
  it.each<[string, () => unknown]>([
    ['without a thumbprint', () => proof({ jkt: undefined })],
    ['with a thumbprint that is none', () => proof({ jkt: 'A'.repeat(42) })],
    ['with a thumbprint of other letters', () => proof({ jkt: `${'A'.repeat(42)}=` })],
    ['without a jti', () => proof({ jti: undefined })],
    ['with an empty jti', () => proof({ jti: '' })],
    ['with a jti that is too long', () => proof({ jti: 'j'.repeat(257) })],
    ['with a jti that is a number', () => proof({ jti: 7 })],
    ['without an end', () => proof({ end: undefined })],
    ['with an end that is no whole second', () => proof({ end: 1_790_000_000.5 })],
    ['with an end before 1970', () => proof({ end: -1 })],
    ['with an end for ever', () => proof({ end: 0 })],
    ['with an end as text', () => proof({ end: '1790000000' })],
    ['with a member nobody knows', () => proof({ kind: 'dpop' })],
    ['as a list', () => [proof()]],
    ['as two members of one name', () => '{"jkt":"a","jkt":"b"}'],
    ['as no JSON', () => 'x'],
    ['as nothing', () => ''],
  ])('is 400 %s', async (_name, body) => {
    expect(await ask(body())).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('is 415 as a form', async () => {
    expect((await ask('jti=1', { ...word(), 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
  });

  it('is not made by a GET', async () => {
    expect((await fetch(url, { headers: word({ method: 'GET' }) })).status).toBe(405);
  });
});
