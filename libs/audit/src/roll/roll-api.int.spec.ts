import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openEmbeddedBus } from '@chancery/eventstore';
import { type Caller, callerHeader, createService, type Log, type PublicKey, type ServiceApp, silentLog } from '@chancery/platform';
import { expectNoSecret, waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AuditModule } from '../audit.module.js';
import { bothSay } from '../spec-kit/both-verifiers.js';
import { type RollWorld, rollWorld } from '../spec-kit/roll-world.js';
import { origin } from '../spec-kit/roll.js';
import { latestCheckpoint } from './checkpoints.js';
import { openCheckpoint } from './proof/checkpoint.js';
import { parseNoteKeys } from './proof/note-key.js';

const now = 1_790_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const gatewayKey = { kid: 'k1', alg: 'ES256', privateKey } as const;
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

type Body = Record<string, unknown>;

interface Api extends RollWorld {
  readonly service: ServiceApp;
  call(method: 'GET' | 'POST', path: string, caller?: Caller | null): Promise<{ status: number; body: Body }>;
}

/** The audit service over a roll of its own; a checkpoint every so many milliseconds. */
async function api({ every = 3_600_000, log = silentLog }: { every?: number; log?: Log } = {}): Promise<Api> {
  const world = await rollWorld();
  const { dataSource, key, keys } = world.deps;
  const bus = openEmbeddedBus({ url: world.url });
  const service = await createService({
    name: 'audit',
    log,
    module: AuditModule.with({
      dataSource,
      keys: (from, kid) => (from === 'gateway' && kid === 'k1' ? published : undefined),
      now: () => now,
      log,
      roll: { origin, key, keys, every },
      bus,
    }),
  });
  const server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await service.close();
    await bus.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/v1/log`;
  return {
    ...world,
    service,
    async call(method, path, caller = operator) {
      const signed = { from: 'gateway', to: 'audit', key: gatewayKey, method, path: `/admin/v1/log${path.split('?')[0]}`, now } as const;
      const headers: Record<string, string> = caller === null ? {} : { 'chancery-caller': callerHeader({ ...signed, caller }) };
      const answer = await fetch(`${url}${path}`, { method, headers });
      return { status: answer.status, body: (await answer.json()) as Body };
    },
  };
}

const everything = [
  ['GET', '/key'],
  ['GET', '/checkpoint'],
  ['POST', '/checkpoint'],
  ['GET', '/proof/1'],
  ['GET', '/export'],
  ['GET', '/export/entries?from=1&to=3'],
] as const;

describe('the roll’s API', () => {
  it('gives all that is needed to verify: key, checkpoint, frame, entries, proof', async () => {
    const { call, log, key } = await api();
    await log(30);
    const keys = (await call('GET', '/key')).body;
    expect(parseNoteKeys(JSON.stringify(keys))?.map(({ name }) => name)).toEqual([origin]);
    const cut = (await call('POST', '/checkpoint')).body as { size: number; checkpoint: string };
    expect(openCheckpoint(cut.checkpoint, parseNoteKeys(JSON.stringify(keys)) ?? [])).toMatchObject({ origin, size: 30 });
    expect((await call('GET', '/checkpoint')).body).toEqual(cut);
    const frame = (await call('GET', '/export?from=3&to=20')).body as { from: number; to: number; header: string; proofs: string[] };
    const { lines } = (await call('GET', '/export/entries?from=3&to=20')).body as { lines: string[] };
    expect(await bothSay([frame.header, ...lines, ...frame.proofs], key)).toEqual(['verified', 'verified']);
    expect([frame.from, frame.to, lines.length]).toEqual([3, 20, 18]);
    const { proof } = (await call('GET', '/proof/17')).body as { proof: string };
    expect(await bothSay([proof], key)).toEqual(['verified', 'verified']);
    const secret = String(key.privateKey.export({ format: 'jwk' }).d);
    for (const [method, path] of everything) expectNoSecret(JSON.stringify(await call(method, path)), { secret }, path);
  });

  it('without a range exports all that is signed', async () => {
    const { call, log } = await api();
    await log(3);
    await call('POST', '/checkpoint');
    await log(2);
    expect((await call('GET', '/export')).body).toMatchObject({ from: 1, to: 3 });
  });

  it.each(everything)(
    'is shut to who is not sent by the gateway, and to an operator without chancery:audit: %s %s',
    async (method, path) => {
      const { call, log } = await api();
      await log(3);
      await call('POST', '/checkpoint');
      expect((await call(method, path)).status).toBe(200);
      expect((await call(method, path, null)).status).toBe(401);
      expect((await call(method, path, { ...operator, scope: ['chancery:registry'] })).status).toBe(403);
    },
  );

  it.each([
    ['/export?from=0', 'from is unacceptable'],
    ['/export?from=x', 'from is unacceptable'],
    ['/export?to=-1', 'to is unacceptable'],
    ['/export?since=1', 'unknown parameter'],
    ['/export/entries?from=1', 'to is unacceptable'],
    ['/export/entries?from=1&to=1001', 'to is unacceptable'],
    ['/export/entries?from=2&to=1', 'to is unacceptable'],
    ['/export/entries?from=1&from=2&to=3', 'from is unacceptable'],
    ['/key?x=1', 'unknown parameter'],
    ['/checkpoint?size=1', 'unknown parameter'],
    ['/proof/1?size=2', 'unknown parameter'],
  ])('answers %s with 400: %s', async (path, description) => {
    const { call, log } = await api();
    await log(3);
    await call('POST', '/checkpoint');
    expect(await call('GET', path)).toEqual({ status: 400, body: { error: 'invalid_request', error_description: description } });
  });

  it.each(['/proof/0', '/proof/4', '/proof/x', '/proof/99999999999999999999', '/export?from=4', '/export?to=4', '/export?from=3&to=2'])(
    'answers %s with 404: there is none',
    async (path) => {
      const { call, log } = await api();
      await log(3);
      await call('POST', '/checkpoint');
      expect(await call('GET', path)).toMatchObject({ status: 404, body: { error_description: 'the roll has no such position' } });
    },
  );

  it('says that an empty roll has no checkpoint', async () => {
    const { call } = await api();
    expect([(await call('GET', '/checkpoint')).status, (await call('POST', '/checkpoint')).status]).toEqual([404, 404]);
  });

  it('of a roll that contradicts itself gives the last word that was signed, and raises an alarm', async () => {
    const alarms: unknown[] = [];
    const { call, log, owner } = await api({ log: { ...silentLog, error: ({ reason }) => void alarms.push(reason) } });
    await log(3);
    const before = (await call('POST', '/checkpoint')).body;
    await log(1);
    await owner.query("UPDATE audit.roll_checkpoint SET note = replace(note, E'\\n3\\n', E'\\n2\\n')");
    expect((await call('POST', '/checkpoint')).body).toMatchObject({ size: before['size'] });
    expect(alarms).toEqual(['roll_broken']);
  });
});

describe('checkpoints', () => {
  it('are cut on a schedule while the roll grows', async () => {
    const { deps, log } = await api({ every: 20 });
    for (const size of [3, 6]) {
      await log(3);
      await waitFor(async () => (await latestCheckpoint(deps.dataSource, 'main'))?.size === size);
    }
  });

  it('are cut a last time at the stop', async () => {
    const { deps, log, service } = await api();
    await log(3);
    expect(await latestCheckpoint(deps.dataSource, 'main')).toBeUndefined();
    await service.close();
    expect((await latestCheckpoint(deps.dataSource, 'main'))?.size).toBe(3);
  });
});
