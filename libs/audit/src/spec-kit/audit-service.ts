import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bus, openEmbeddedBus } from '@chancery/eventstore';
import {
  BusTransport,
  type Caller,
  callerHeader,
  createService,
  type Log,
  type LogFields,
  type PublicKey,
  silentLog,
} from '@chancery/platform';
import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { onTestFinished } from 'vitest';
import { AuditModule, auditTopics } from '../audit.module.js';
import { openAuditDatabase } from '../database.js';
import { auditGroup } from '../quarantine/decide.js';
import type { SiemOptions } from '../siem/publisher.js';
import { auditDatabase } from './database.js';
import { rollOptions } from './roll.js';

const now = 1_790_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const gatewayKey = { kid: 'k1', alg: 'ES256', privateKey } as const;
const published: PublicKey = { kid: 'k1', alg: 'ES256', key: publicKey, jwk: publicKey.export({ format: 'jwk' }) as PublicKey['jwk'] };

export const operator: Caller = {
  clientId: 'op_1',
  scope: ['chancery:audit', 'chancery:policy'],
  grantId: 'gr_op',
  jti: 'tk_op',
  iat: 1_700_000_000,
  kid: 'k_op',
  profile: 'service',
};

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Below `/admin/v1`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** Nobody: null. */
  readonly caller?: Caller | null;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The audit service over the embedded bus and a database of its own, as an operator reaches it. */
export interface AuditService {
  readonly bus: Bus;
  readonly dataSource: DataSource;
  /** What only the database's owner can do. */
  readonly owner: DataSource;
  readonly logged: readonly { readonly level: 'info' | 'error'; readonly fields: LogFields }[];
  call(call: Call): Promise<Answer>;
}

export async function auditService(options: { siem?: Pick<SiemOptions, 'open'> } = {}): Promise<AuditService> {
  const url = await freshDatabase();
  const database = await auditDatabase(url);
  const dataSource = await openAuditDatabase({ url: database, connections: 6 });
  const owner = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  const logged: { level: 'info' | 'error'; fields: LogFields }[] = [];
  const log: Log = {
    ...silentLog,
    info: (fields) => void logged.push({ level: 'info', fields }),
    error: (fields) => void logged.push({ level: 'error', fields }),
  };
  // No waiting between tries: what fails, fails at once for good; what waits, asks every few milliseconds.
  const bus = openEmbeddedBus({ url: database, sleep: () => new Promise((resolve) => setTimeout(resolve, 5)), pollEvery: 20 });
  const service = await createService({
    name: 'audit',
    log: silentLog,
    module: AuditModule.with({
      dataSource,
      keys: (from, kid) => (from === 'gateway' && kid === 'k1' ? published : undefined),
      now: () => now,
      log,
      roll: rollOptions(),
      bus,
      ...(options.siem && { siem: { ...options.siem, url: database } }),
    }),
    transports: [new BusTransport({ bus, group: auditGroup, topics: auditTopics })],
  });
  const server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await service.close();
    await bus.close();
    await Promise.all([dataSource.destroy(), owner.destroy()]);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    bus,
    dataSource,
    owner,
    logged,
    async call({ method, path, body, caller = operator }) {
      const full = `/admin/v1${path}`;
      const word = { from: 'gateway', to: 'audit', key: gatewayKey, method, path: full.split('?', 1)[0] ?? '', now } as const;
      const answer = await fetch(`${origin}${full}`, {
        method,
        headers: {
          ...(caller !== null && { 'chancery-caller': callerHeader({ ...word, caller }) }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}
