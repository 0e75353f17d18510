import 'reflect-metadata';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { databaseRole, migrate, openEventStore, type PostgresEventStore } from '@chancery/eventstore';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { generateKey } from '@chancery/oauth/client';
import { createService, type Refusal, type ServiceApp, silentLog } from '@chancery/platform';
import { freshDatabase } from '@chancery/testing';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintToken } from './initial-access-token.js';
import { classMembersIn } from './quota/class-members.js';
import { RegisterAgents } from './register-agents.js';
import { RegisterController } from './register.controller.js';
import { Slots } from './slots.js';
import { sampleClass, sampleResource } from '../spec-kit/sample-class.js';

const settings: ChanceryEvent[] = [sampleResource, sampleClass];

@Module({})
class Replica {}

const stores: PostgresEventStore[] = [];
const services: ServiceApp[] = [];
const servers: Server[] = [];
const ports: number[] = [];
const refused: Refusal[] = [];

async function replica(url: string): Promise<void> {
  const store = await openEventStore({ url, role: 'registration', readers: 2, lanes: 1 });
  const agents = {
    provide: RegisterAgents,
    useFactory: () =>
      new RegisterAgents({ issuer: 'https://id.example', store, slots: new Slots(), members: classMembersIn(store.dataSource) }),
  };
  const service = await createService({
    name: 'registration',
    module: { module: Replica, controllers: [RegisterController], providers: [agents] },
    log: silentLog,
    refusals: { record: (refusal) => void refused.push(refusal), flush: () => Promise.resolve(), close: () => Promise.resolve() },
  });
  const server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stores.push(store);
  services.push(service);
  servers.push(server);
  ports.push((server.address() as AddressInfo).port);
}

beforeAll(async () => {
  const url = await freshDatabase();
  await migrate({ url });
  const role = Object.assign(new URL(url), { username: databaseRole('registration') }).href;
  await replica(role);
  await replica(role);
  await stores[0]?.append({ streams: [{ stream: streamName('config', 'main'), expected: 0, events: settings }] });
});
afterAll(async () => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  for (const service of services) await service.close();
  for (const store of stores) await store.close();
});

const [first, second, third, fourth] = [
  'it_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  'it_01ARZ3NDEKTSV4RRFFQ69G5FAW',
  'it_01ARZ3NDEKTSV4RRFFQ69G5FAX',
  'it_01ARZ3NDEKTSV4RRFFQ69G5FAY',
];

async function mint(iatId: string, uses: number): Promise<string> {
  const { token, tokenHash } = mintToken(iatId);
  const expiresAt = Math.floor(stores[0]?.now() ?? 0) + 3_600;
  const minted: ChanceryEvent = { type: 'iat.minted', iatId, class: 'default', uses, expiresAt, tokenHash, by: 'op_1' };
  await stores[0]?.append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [minted] }] });
  return token;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `POST /register` of one replica; headers as they are said, repeats included: name and value in turns. */
const post = (port: number, headers: readonly string[], body: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const framing = ['host', 'id.example', 'content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))];
    const request = httpRequest(
      { port, host: '127.0.0.1', method: 'POST', path: '/register', headers: [...framing, ...headers] },
      (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        res.once('end', () => resolve({ status: res.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] })).once('error', reject);
      },
    );
    request.once('error', reject).end(body);
  });

const metadata = () => JSON.stringify({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [generateKey().publicJwk] } });
const registered = async (iatId: string) =>
  stores[0]?.dataSource.query<{ slot: number }[]>(
    `select (said ->> 'slot')::integer as slot from (select convert_from(data, 'utf8')::jsonb as said from es.event where type = 'agent.registered') event
     where said ->> 'iatId' = $1 order by slot`,
    [iatId],
  );

beforeEach(() => void refused.splice(0));

describe('the uses of an initial access token', () => {
  it('are as many as were minted: two of 64 at once over two replicas, each a use of its own (S-007, IAT-03)', async () => {
    const token = await mint(first, 2);
    const asked = Array.from({ length: 64 }, (_, n) => post(ports[n % 2] ?? 0, ['authorization', `Bearer ${token}`], metadata()));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.filter(({ status }) => status !== 201)).toEqual(
      Array.from({ length: 62 }, () => ({ status: 401, body: { error: 'invalid_token' } })),
    );
    expect(await registered(first)).toEqual([{ slot: 1 }, { slot: 2 }]);
    expect(refused.map(({ error, iat }) => [error.refusal, iat])).toEqual(Array.from({ length: 62 }, () => ['iat_exhausted', first]));
  });

  it('are all found by a replica that never saw one of them, whatever the other does meanwhile', async () => {
    const token = await mint(third, 10);
    const shown = ['authorization', `Bearer ${token}`];
    const [one = 0, other = 0] = ports;
    for (let n = 0; n < 5; n++) expect((await post(one, shown, metadata())).status).toBe(201);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => post(n % 3 === 0 ? one : other, shown, metadata())));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 5 }, () => 201),
      ...Array.from({ length: 7 }, () => 401),
    ]);
    expect(await registered(third)).toEqual(Array.from({ length: 10 }, (_, n) => ({ slot: n + 1 })));
  });

  it('that nobody was shown the token of are about nobody', async () => {
    const token = await mint(fourth, 1);
    expect((await post(ports[0] ?? 0, ['authorization', `Bearer ${token.slice(0, -43)}${'a'.repeat(43)}`], '{}')).status).toBe(401);
    expect(refused.map(({ error, iat }) => [error.refusal, iat])).toEqual([['iat_invalid', undefined]]);
  });

  it('stay when a registration is refused: its metadata, a second credential, a proof that is none (IAT-02, WIRE-20)', async () => {
    const token = await mint(second, 1);
    const shown = ['authorization', `Bearer ${token}`];
    const [port = 0] = ports;
    expect(await post(port, shown, '{}')).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
    expect(await post(port, shown, '[1')).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
    expect(await post(port, [...shown, ...shown], metadata())).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(await post(port, [...shown, 'dpop', 'a.b.c'], metadata())).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
    expect(await registered(second)).toEqual([]);
    expect((await post(port, shown, metadata())).status).toBe(201);
    expect((await post(port, shown, metadata())).status).toBe(401);
    // The field that was sent twice names no token; all the others are about this one.
    expect(refused.map(({ error, iat }) => [error.refusal, iat])).toEqual([
      ['auth_method_not_allowed', second],
      ['json_malformed', second],
      ['iat_invalid', undefined],
      ['proof_invalid', second],
      ['iat_exhausted', second],
    ]);
    expect(await registered(second)).toEqual([{ slot: 1 }]);
  });
});
