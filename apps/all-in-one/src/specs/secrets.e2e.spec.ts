import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { openEventStore } from '@chancery/eventstore';
import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { keyPurposes, openKeyRing, sealingKeysOf, Secret, sealedKeysIn } from '@chancery/platform';
import { type Behind, expectNoSecret, findSecrets, lookBehind, type RunningProcess, type Secrets, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf, tablesOf } from '../spec-kit/at-rest.js';
import { sendCanaries } from '../spec-kit/canary-requests.js';
import {
  administer,
  answerOf,
  askToken,
  assertionOf,
  callApi,
  type Client,
  metadataOf,
  mintIat,
  narrow,
  operatorFrom,
  proofAt,
  register,
} from '../spec-kit/clients.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Replica, type Replicas, replicasOn } from '../spec-kit/replica.js';
import { freePort } from '@chancery/eventstore/embedded';

const timeout = 150_000;
const roles = ['registration', 'token', 'exchange', 'audit', 'relay'];

/** Every secret of a run, and where none of them may be found afterwards (S-137, S-138). */
describe('the secrets of a run at debug level', () => {
  const masterKey = randomBytes(32);
  const secrets: Record<string, string | Uint8Array> = { 'master key': masterKey, 'master key as text': masterKey.toString('base64url') };
  const keep = <Value extends string>(name: string, value: Value): Value => {
    secrets[name] = value;
    return value;
  };
  let database: DurableDatabase;
  let behind: Behind;
  let replicas: Replicas;
  let replica: Replica;
  const processes: RunningProcess[] = [];
  let metrics: string;
  let agent: Client;
  let heard: string;
  let canaries: Secrets;

  beforeAll(async () => {
    database = await durableDatabase();
    behind = await lookBehind(database.url);
    keep('password of the database', new URL(database.url).password);
    for (const role of roles)
      keep(`password of ${role}`, createHmac('sha256', masterKey).update(`database-role/${role}`).digest('base64url'));
    const metricsPort = await freePort();
    replicas = await replicasOn(database.url, {
      CHANCERY_MASTER_KEY: masterKey.toString('base64url'),
      CHANCERY_METRICS_PORT: String(metricsPort),
      CHANCERY_LOG_LEVEL: 'debug',
    });
    await start();
    agent = await life();
    await signingKeys();
    ({ canaries, answers: heard } = await sendCanaries(replica.issuer));
    await breakConnections();
    metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    await replica.stop();
    await start();
    await waitFor(async () => (await askToken(agent)).status === 200);
  }, timeout);
  const start = async () => {
    replica = await replicas.start(0);
    processes.push(replica.process);
  };
  afterAll(async () => {
    await replicas?.close();
    await behind?.close();
    await database?.close();
  });

  const signature = (name: string, jwt: string): string => {
    keep(`signature of ${name}`, jwt.split('.')[2] ?? '');
    return jwt;
  };
  const privatePart = (name: string, key: KeyObject) => keep(name, String(key.export({ format: 'jwk' }).d));
  const iatOf = async (name: string, operator: Client) => {
    const { token } = await mintIat(operator);
    keep(name, token.split('.')[1] ?? '');
    return token;
  };

  /** A life in which every kind of secret is used once as it should be and once wrongly. Answers the agent with a key. */
  async function life(): Promise<Client> {
    const { issuer } = replica;
    const operator = operatorFrom(replica.operator);
    privatePart("the operator's key", operator.key.privateKey);
    const key = generateKey();
    privatePart("the agent's key", key.privateKey);
    const { body } = await register(issuer, await iatOf('IAT of the agent', operator), metadataOf(key));
    const one: Client = { clientId: body.client_id, key, issuer };
    await tokensOf(one);
    const spent = await iatOf('IAT of the agent with a secret', operator);
    const { body: other } = await register(issuer, spent, { dpop_bound_access_tokens: true });
    await register(issuer, spent, metadataOf(generateKey()));
    await secretOf(other.client_id, keep('client secret', other.client_secret), key);
    const [id = ''] = (await iatOf('IAT that nobody used', operator)).split('.');
    await register(issuer, `${id}.${keep('IAT that is none', randomBytes(32).toString('base64url'))}`, metadataOf(generateKey()));
    const act = (path: string) => administer(operator, { scope: 'chancery:revoke', path, body: { reason: 'spec' } });
    expect((await act(`/iats/${id}/revoke`)).status).toBe(200);
    expect((await act(`/agents/${other.client_id}/revoke`)).status).toBe(200);
    return one;
  }

  async function tokensOf(one: Client): Promise<void> {
    const { issuer } = replica;
    const assertion = signature('the assertion', assertionOf(one));
    const proof = signature('the proof', proofAt(`${issuer}/token`, one.key));
    const { body } = await askToken(one, { assertion, proof });
    const token = signature('the token', String(body.access_token));
    expect((await askToken(one, { assertion })).status).toBe(401);
    expect((await askToken(one, { proof })).status).toBe(400);
    const child = await narrow(one, token);
    signature('the child', child.body.access_token);
    const call = signature('the proof of a call', proofAt(`${issuer}/demo/notes`, one.key, token, 'GET'));
    expect((await callApi(one, token, { proof: call })).status).toBe(200);
    expect((await callApi(one, token, { proof: call })).status).toBe(401);
    expect((await callApi(one, token, { method: 'POST', body: { text: 'a note' } })).status).toBe(201);
    const forged = `${token.split('.').slice(0, 2).join('.')}.${keep('a forged signature', randomBytes(64).toString('base64url'))}`;
    expect((await callApi(one, forged)).status).toBe(401);
    const revoke = new URLSearchParams({
      token,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: signature('the assertion of a revocation', assertionOf(one)),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(`${issuer}/revoke`, { method: 'POST', headers, body: revoke.toString() })).status).toBe(200);
  }

  async function secretOf(clientId: string, secret: string, key: ClientKey): Promise<void> {
    const { issuer } = replica;
    const ask = async (password: string) => {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${clientId}:${password}`).toString('base64')}`,
        dpop: proofAt(`${issuer}/token`, key),
      };
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource: `${issuer}/demo` }).toString();
      return answerOf(await fetch(`${issuer}/token`, { method: 'POST', headers, body }));
    };
    const { status, body } = await ask(secret);
    expect(status).toBe(200);
    signature('the token by secret', body.access_token);
    expect((await ask(keep('client secret that is none', randomBytes(32).toString('base64url')))).status).toBe(401);
  }

  /** The server's own keys, unsealed with the master key. */
  async function signingKeys(): Promise<void> {
    const url = new URL(database.url);
    [url.username, url.password] = ['chancery_token', String(secrets['password of token'])];
    const store = await openEventStore({ url: url.href, role: 'token' });
    const ring = await openKeyRing({
      store,
      sealed: sealedKeysIn(store.dataSource),
      sealingKeys: sealingKeysOf(new Secret(masterKey)),
      now: store.now,
    });
    for (const purpose of keyPurposes) privatePart(`signing key for ${purpose}`, ring.active(purpose).privateKey);
    ring.close();
    await store.close();
  }

  /** What a driver says about a lost connection may hold its address, and that a password. */
  async function breakConnections(): Promise<void> {
    const busy = Promise.all(Array.from({ length: 20 }, () => askToken(agent).catch(() => 'cut')));
    await behind.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename like 'chancery\\_%'`);
    await busy;
    await waitFor(async () => (await askToken(agent)).status === 200);
  }

  it('were all there to be found', () => {
    expect(Object.keys(secrets).length).toBeGreaterThan(30);
    expect(Object.keys(canaries).length).toBeGreaterThan(150);
    expect(Object.values(secrets).filter((secret) => secret.length < 32)).toEqual([]);
  });

  it(
    'are in no table: events, records, quarantine, log, lists, sealed keys',
    async () => {
      const tables = await tablesOf(behind);
      expect([...tables.keys()]).toEqual(
        expect.arrayContaining(['bus.activity', 'bus.quarantine', 'audit.log_entry', 'registration.agent', 'keyring.sealed_key']),
      );
      for (const [name, bytes] of tables) {
        expectNoSecret(bytes, secrets, name);
        expectNoSecret(bytes, canaries, name);
      }
      // What may be recorded is found by the same search: it would have found a secret.
      const known = { thumbprint: agent.key.thumbprint };
      for (const name of ['bus.activity', 'audit.log_entry', 'es.event_before_grants'])
        expect(findSecrets(tables.get(name) ?? '', known)).not.toEqual([]);
    },
    timeout,
  );

  it(
    'are in no file of the database, its write-ahead log included',
    async () => {
      await behind.query('checkpoint');
      const files = filesOf(database.server.dataDir);
      for (const [part, bytes] of files) expectNoSecret(bytes, { ...secrets, ...canaries }, part);
      for (const part of ['base', 'pg_wal'])
        expect(findSecrets(files.get(part) ?? '', { thumbprint: agent.key.thumbprint })).not.toEqual([]);
    },
    timeout,
  );

  it('are in nothing that the process wrote, though it told every refusal', () => {
    for (const { stdout, stderr } of processes) {
      for (const [where, text] of [
        ['standard output', stdout()],
        ['standard error', stderr()],
      ] as const) {
        expectNoSecret(text, secrets, where);
        expectNoSecret(text, canaries, where);
      }
    }
    const said = processes[0]?.stderr() ?? '';
    expect(said).toContain('"msg":"a request was refused"');
    expect(said).toContain('"msg":"the event store is being waited for"');
  });

  it('are not among the metrics', () => {
    expectNoSecret(metrics, secrets, 'metrics');
    expectNoSecret(metrics, canaries, 'metrics');
    expect(metrics).toContain('chancery_refusals_total{');
  });

  it('are not said back to whoever sent them', () => {
    expectNoSecret(heard, canaries, 'an answer');
    expect(heard).toContain('"error":"invalid_request"');
  });
});
