import 'reflect-metadata';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createService, silentLog, type ServiceApp } from '@chancery/platform';
import { waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gateway } from './gateway.js';
import { GatewayModule } from './gateway.module.js';
import { busDouble } from './spec-kit/bus-double.js';
import { movedClock } from './spec-kit/clock.js';
import { laneDouble } from './spec-kit/lane-double.js';
import { echo, issuer } from './spec-kit/world.js';

describe('the gateway as a service', () => {
  const clock = movedClock();
  const lane = laneDouble(clock.database);
  const server = createServer((req, res) => service.handle(req, res));
  let service: ServiceApp;
  let url = '';

  beforeAll(async () => {
    service = await createService({
      name: 'gateway',
      log: silentLog,
      module: GatewayModule.with({
        name: 'gw-1',
        issuer,
        budgets: { stalenessBudget: 5, storeAwayBudget: 30 },
        bus: busDouble(),
        fetchKeys: () => Promise.resolve({ keys: [] }),
        feed: lane.feed,
        revocationKeys: () => lane.publicKey,
        serviceKey: () => {
          throw new Error('not needed here');
        },
        services: { registration: echo() },
        refusals: { record: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() },
        log: silentLog,
        monotonic: clock.monotonic,
      }),
      ready: () => service.app.get(Gateway).ready(),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await service.close();
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
});
