import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from '@chancery/eventstore';
import { gatewayWindow } from '@chancery/oauth';
import { metrics } from '@chancery/platform';
import { temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Route } from '../routes/route.js';
import { spoolFiles, upTo } from '../spec-kit/spooling.js';
import { echo, issuer, openWorld, type World } from '../spec-kit/world.js';
import { SpoolUnusable } from '../spool/hold-folder.js';

const away = new StoreUnavailable('away');
const api = echo();
const routeOf = (prefix: string, unrecorded: Route['unrecorded']): Route => ({
  resource: `${issuer}${prefix}`,
  name: prefix,
  prefix,
  operations: ['GET', 'POST'].map((method) => ({ method, path: '/{any}', scope: ['demo:read'] })),
  bearer: false,
  proofWindow: gatewayWindow,
  unrecorded,
  stalenessBudget: 5,
  storeAwayBudget: 30,
  upstream: { target: api },
});
/** What may not happen unless everybody can know of it at once. */
const strict = routeOf('/strict', 'deny');
const loose = routeOf('/loose', 'spool');

let world: World;
let folder: ReturnType<typeof temporaryFolder>;
const settings = () => ({ folder: folder.path, maxBytes: 1_048_576, patience: 50 });
beforeEach(async () => {
  folder = temporaryFolder();
  api.seen.length = 0;
  world = await opened(settings());
});
afterEach(async () => {
  await world.close();
  folder.remove();
});

async function opened(spool: ReturnType<typeof settings>): Promise<World> {
  const made = await openWorld({ routes: [strict, loose], spool });
  await made.gateway.start();
  await waitFor(() => made.gateway.ready());
  return made;
}

const post = async (): Promise<number> =>
  (await world.call({ method: 'POST', body: '{"text":"x"}', headers: ['content-type', 'application/json'] })).status;
const at = async ({ prefix, resource }: Route, method: string): Promise<number> =>
  (await world.call({ method, path: `${prefix}/x`, token: await world.token({ aud: resource }) })).status;
const strictly = (method: string) => at(strict, method);
const loosely = (method: string) => at(loose, method);
const numbers = (): unknown[] => world.bus.calls().map(({ number }) => number);
const drained = () => waitFor(() => spoolFiles(folder.path).length === 0);

describe('a gateway with a spool, while the bus is away', () => {
  it('goes on, for what reads and what changes something, and every record arrives later in its order, without a gap (design §8)', async () => {
    world.bus.away = away;
    expect([(await world.call()).status, await post(), await post()]).toEqual([200, 201, 201]);
    expect((await world.call({ token: await world.token({ scope: 'demo:write' }) })).status).toBe(403);
    expect(numbers()).toEqual([]);
    world.bus.away = undefined;
    await drained();
    expect((await world.call()).status).toBe(200);
    expect(numbers()).toEqual(upTo(5));
    expect(world.bus.calls().map(({ decision, status }) => [decision, status])).toEqual([
      ['allowed', 200],
      ['allowed', 201],
      ['allowed', 201],
      ['denied', 403],
      ['allowed', 200],
    ]);
  });

  it('holds no token, proof, body or query on the disk', async () => {
    world.bus.away = away;
    const token = await world.token();
    const shown = await world.proof(token);
    expect((await world.call({ token, proof: shown, path: '/demo/notes?q=query-canary' })).status).toBe(200);
    const lines = spoolFiles(folder.path).map((name) => readFileSync(join(folder.path, 'gateway-gw-1', name), 'utf8'));
    const written = lines.flatMap((text) => [
      text,
      ...[...text.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString()),
    ]);
    expect(written.join('\n')).toContain('/demo/notes');
    for (const secret of [token.split('.')[2] ?? '', shown.split('.')[2] ?? '', 'query-canary']) {
      expect(written.join('\n').includes(secret)).toBe(false);
    }
  });

  it('is found by the next run, which delivers what the last one had to leave', async () => {
    world.bus.away = away;
    expect([await post(), await post()]).toEqual([201, 201]);
    await world.restart();
    world.bus.away = undefined;
    world.clock.move(1);
    await drained();
    await waitFor(() => world.gateway.ready());
    expect(await post()).toBe(201);
    const [first, second, third] = world.bus.calls();
    expect([first?.['number'], second?.['number'], third?.['number']]).toEqual([1, 2, 1]);
    expect(second?.['run']).toBe(first?.['run']);
    expect(third?.['run']).not.toBe(first?.['run']);
  });

  it('denies before the API hears of a call when the spool is full, and goes on when it is drained', async () => {
    await world.close();
    world = await opened({ ...settings(), maxBytes: 131_072 });
    world.bus.away = away;
    let calls = 1;
    while ((await loosely('POST')) === 200 && calls < 500) calls += 1;
    expect(calls).toBeGreaterThan(20);
    expect(calls).toBeLessThan(500);
    // There is room left for the records of calls on their way, and none for another call, even one that only reads.
    expect([await loosely('POST'), await loosely('GET'), api.seen.length]).toEqual([503, 503, calls - 1]);
    world.bus.away = undefined;
    await drained();
    expect([await loosely('POST'), api.seen.length]).toEqual([200, calls]);
    expect(numbers()).toEqual(upTo(calls + 3));
    expect(world.bus.calls().flatMap(({ reason }) => reason ?? [])).toEqual(Array(3).fill('record_unavailable'));
  });

  it('denies when the disk takes nothing either, and what would change something before the API hears of it', async () => {
    rmSync(join(folder.path, 'gateway-gw-1'), { recursive: true });
    world.bus.away = away;
    const { status, body } = await world.call();
    expect([status, body]).toEqual([503, '{"error":"temporarily_unavailable"}']);
    expect(await post()).toBe(503);
    expect(await post()).toBe(503);
    mkdirSync(join(folder.path, 'gateway-gw-1'));
    const { body: listed } = await world.call();
    expect((JSON.parse(listed) as { notes: unknown[] }).notes).toEqual([]);
    expect(await post()).toBe(201);
  });

  it('says how much waits', async () => {
    world.bus.away = away;
    await post();
    const gauge = async (gaugeName: 'spoolRecords' | 'spoolBytes') => (await metrics[gaugeName].get()).values[0]?.value ?? 0;
    await waitFor(async () => (await gauge('spoolRecords')) === 1 && (await gauge('spoolBytes')) > 0);
    world.bus.away = undefined;
    await waitFor(async () => (await gauge('spoolRecords')) === 0 && (await gauge('spoolBytes')) === 0);
  });
});

describe('a route that denies while the bus is away', () => {
  it('passes with the bus', async () => {
    expect([await strictly('GET'), await strictly('POST'), api.seen.length]).toEqual([200, 200, 2]);
  });

  it('is answered 503 when the bus does not take its record, and disturbs no route that spools', async () => {
    world.bus.away = away;
    expect(await strictly('POST')).toBe(503);
    expect(await post()).toBe(201);
  });

  it('is denied before the API hears of it while anything waits, which leaves no gap, and goes on afterwards', async () => {
    world.bus.away = away;
    expect(await post()).toBe(201);
    expect([await strictly('GET'), await strictly('POST'), api.seen.length]).toEqual([503, 503, 0]);
    world.bus.away = undefined;
    await drained();
    expect([await strictly('GET'), await strictly('POST'), api.seen.length]).toEqual([200, 200, 2]);
    expect(world.bus.calls().map(({ number, status, reason }) => [number, status, reason])).toEqual([
      [1, 201, undefined],
      [2, 503, 'record_unavailable'],
      [3, 503, 'record_unavailable'],
      [4, 200, undefined],
      [5, 200, undefined],
    ]);
  });

  it('is denied before the API hears of it once a record of its own was lost', async () => {
    world.bus.away = away;
    expect(await strictly('POST')).toBe(503);
    expect(api.seen).toHaveLength(1);
    expect(await strictly('POST')).toBe(503);
    expect(api.seen).toHaveLength(1);
  });
});

describe('two gateways of one name over one folder', () => {
  it('are one too many: the second one does not start', async () => {
    const second = await openWorld({ spool: settings() });
    await expect(second.gateway.start()).rejects.toThrow(SpoolUnusable);
    await second.close();
  });
});
