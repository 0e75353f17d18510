import 'reflect-metadata';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayWindow } from '@chancery/oauth';
import { createService, silentLog, type ServiceApp } from '@chancery/platform';
import { waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gateway } from './gateway.js';
import { GatewayModule } from './gateway.module.js';
import { busDouble } from './spec-kit/bus-double.js';
import { movedClock } from './spec-kit/clock.js';
import { laneDouble } from './spec-kit/lane-double.js';
import { accessToken, newSigner, proof, type Signer } from './spec-kit/agent.js';
import type { Route } from './routes/route.js';
import { issuer, ordinaryClaims, publicKeyOf } from './spec-kit/world.js';

const slowRoute: Route = {
  resource: `${issuer}/slow`,
  name: 'Slow',
  prefix: '/slow',
  operations: [{ method: 'POST', path: '/{id}', scope: ['demo:read'] }],
  bearer: false,
  proofWindow: gatewayWindow,
  unrecorded: 'spool',
  stalenessBudget: 5,
  storeAwayBudget: 30,
  upstream: {
    target: {
      // Begins to read only when whoever would answer too early has done so.
      handle: (req, res) =>
        void setImmediate(() => {
          const chunks: Buffer[] = [];
          req.on('data', (chunk: Buffer) => chunks.push(chunk));
          req.once('end', () => res.writeHead(202).end(`got ${Buffer.concat(chunks).toString()}`));
        }),
    },
  },
};

describe('the gateway as a service', () => {
  const clock = movedClock();
  const lane = laneDouble(clock.database);
  const bus = busDouble();
  const server = createServer((req, res) => service.handle(req, res));
  let service: ServiceApp;
  let url = '';
  let signer: Signer;
  let published: object[] = [];

  beforeAll(async () => {
    signer = await newSigner();
    service = await createService({
      name: 'gateway',
      log: silentLog,
      module: GatewayModule.with({
        name: 'gw-1',
        issuer,
        budgets: { stalenessBudget: 5, storeAwayBudget: 30 },
        bus,
        fetchKeys: () => Promise.resolve({ keys: published }),
        feed: lane.feed,
        revocationKeys: () => lane.publicKey,
        serviceKey: () => {
          throw new Error('not needed here');
        },
        services: {},
        reserveProof: () => Promise.reject(new Error('not needed here')),
        routes: [slowRoute],
        refusals: { record: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() },
        log: silentLog,
        monotonic: clock.monotonic,
      }),
      ready: () => service.app.get(Gateway).ready(),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('follows revocations from its start to its end', async () => {
    await waitFor(() => lane.asks.length > 0);
    expect(Number.isFinite(service.app.get(Gateway).now())).toBe(true);
    expect(await service.ready()).toBe(false); // no key of the issuer yet
  });

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('enforces before anything of a %s is parsed', async (method) => {
    const body = method === 'GET' ? {} : { body: '{not json', headers: { 'content-type': 'text/weird' } };
    const answer = await fetch(`${url}/demo/notes`, { method, ...body });
    expect(answer.status).toBe(method === 'GET' || method === 'POST' ? 401 : 405);
  });

  it('answers metadata and refuses what is not declared', async () => {
    expect((await fetch(`${url}/.well-known/oauth-protected-resource/demo`)).status).toBe(200);
    expect((await fetch(`${url}/anything`)).status).toBe(404);
    expect((await fetch(`${url}/`)).status).toBe(404);
  });

  it('leaves an answer that takes its time to the API, with the body that belongs to it', async () => {
    published = [publicKeyOf(signer)];
    clock.move(60);
    await waitFor(() => service.ready());
    const now = clock.database();
    const token = await accessToken(signer, { ...ordinaryClaims(now, signer), aud: slowRoute.resource });
    const shown = await proof(signer, { method: 'POST', url: `${issuer}/slow/1`, token, now });
    const headers = { authorization: `DPoP ${token}`, dpop: shown, 'content-type': 'text/weird' };
    const answer = await fetch(`${url}/slow/1`, { method: 'POST', headers, body: 'all of it' });
    expect([answer.status, await answer.text()]).toEqual([202, 'got all of it']);
  });

  it('ends with the service: nothing is followed any more', async () => {
    await service.close();
    expect(bus.subscribed()).toBe(0);
  });
});
