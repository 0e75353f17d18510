import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { databaseRole, migrate, openEventStore, type PostgresEventStore } from '@chancery/eventstore';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { createService, newId, type Refusal, silentLog } from '@chancery/platform';
import { freshDatabase } from '@chancery/testing';
import { Module } from '@nestjs/common';
import { ManageAgents } from '../manage/manage-agents.js';
import { ManageController } from '../manage/manage.controller.js';
import { mintToken } from '../register/initial-access-token.js';
import { RegisterAgents } from '../register/register-agents.js';
import { RegisterController } from '../register/register.controller.js';
import { classMembersIn } from '../register/quota/class-members.js';
import { Slots } from '../register/slots.js';
import { type ClassDefined, issuer, sampleClass, sampleResource } from './sample-class.js';

const resourceDefined: ChanceryEvent = { ...sampleResource, scope: ['demo:read', 'demo:write'] };

export const classDefined: ClassDefined = {
  ...sampleClass,
  scope: ['demo:read', 'demo:write'],
  authMethods: ['private_key_jwt', 'client_secret_basic'],
};

@Module({})
class Replica {}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec states what is in it
  readonly body: any;
}

export interface Question {
  readonly method: string;
  readonly path: string;
  /** As they are said, repeats included: name and value in turns. */
  readonly headers?: readonly string[];
  readonly body?: unknown;
}

/** Two replicas of the endpoints that agents reach, over one PostgreSQL. */
export interface Replicas {
  readonly stores: readonly [PostgresEventStore, PostgresEventStore];
  readonly refused: Refusal[];
  /** Seconds that both replicas' clocks are ahead of the database's. */
  readonly clock: { ahead: number };
  ask(replica: 0 | 1, question: Question): Promise<Answer>;
  /** A fresh initial access token of the class `default`. */
  mint(wish?: { uses?: number }): Promise<{ iatId: string; token: string }>;
  append(category: 'agent' | 'iat' | 'config', id: string, ...events: ChanceryEvent[]): Promise<void>;
  close(): Promise<void>;
}

export async function openReplicas(): Promise<Replicas> {
  const url = await freshDatabase();
  await migrate({ url });
  const role = Object.assign(new URL(url), { username: databaseRole('registration') }).href;
  const refused: Refusal[] = [];
  const clock = { ahead: 0 };
  const [one, other] = [await openReplica(role, { refused, clock }), await openReplica(role, { refused, clock })];
  const { store } = one;

  const append: Replicas['append'] = async (category, id, ...events) => {
    const stream = streamName(category, id);
    const recorded = await store.append({ streams: [{ stream, expected: (await store.read(stream)).length, events }] });
    if (recorded.outcome !== 'recorded') throw new Error(`not recorded: ${recorded.outcome}`);
  };
  await append('config', 'main', resourceDefined, classDefined);

  return {
    stores: [store, other.store],
    refused,
    clock,
    append,
    ask: (replica, question) => ask([one, other][replica]?.port ?? 0, question),
    async mint({ uses = 1 } = {}) {
      const iatId = newId('it');
      const { token, tokenHash } = mintToken(iatId);
      const expiresAt = Math.floor(store.now()) + 3_600;
      await append('iat', iatId, { type: 'iat.minted', iatId, class: 'default', uses, expiresAt, tokenHash, by: 'op_1' });
      return { iatId, token };
    },
    async close() {
      await one.close();
      await other.close();
    },
  };
}

async function openReplica(url: string, { refused, clock }: Pick<Replicas, 'refused' | 'clock'>) {
  const store = await openEventStore({ url, role: 'registration', readers: 2, lanes: 1 });
  const moved = { ...store, now: () => store.now() + clock.ahead };
  const service = await createService({
    name: 'registration',
    module: {
      module: Replica,
      controllers: [RegisterController, ManageController],
      providers: [
        {
          provide: RegisterAgents,
          useFactory: () => new RegisterAgents({ issuer, store: moved, slots: new Slots(), members: classMembersIn(store.dataSource) }),
        },
        { provide: ManageAgents, useFactory: () => new ManageAgents({ store: moved, issuer }) },
      ],
    },
    log: silentLog,
    refusals: { record: (refusal) => void refused.push(refusal), flush: () => Promise.resolve(), close: () => Promise.resolve() },
  });
  const server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    store,
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await service.close();
      await store.close();
    },
  };
}

const ask = (port: number, { method, path, headers = [], body }: Question): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const framing =
      text === undefined
        ? ['content-length', '0']
        : ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(text))];
    const request = httpRequest(
      { port, host: '127.0.0.1', method, path, headers: ['host', 'id.example', ...framing, ...headers] },
      (res) => {
        let answered = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (answered += chunk));
        res
          .once('end', () =>
            resolve({
              status: res.statusCode ?? 0,
              headers: res.headers,
              text: answered,
              body: answered === '' ? undefined : JSON.parse(answered),
            }),
          )
          .once('error', reject);
      },
    );
    request.once('error', reject).end(text);
  });
