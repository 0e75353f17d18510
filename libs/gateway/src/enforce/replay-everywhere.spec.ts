import { reservation, StoreUnavailable } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { gatewayWindow } from '@chancery/oauth';
import { waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGateway } from '../gateway.js';
import { adminRoute } from '../routes/admin.js';
import type { Route } from '../routes/route.js';
import { echo, issuer, openWorld, type World } from '../spec-kit/world.js';
import type { ProofUse, Reserved, ReserveProof } from './use-proof.js';

const api = echo();
const routeOf = (prefix: string, change: Partial<Route>): Route => ({
  resource: `${issuer}${prefix}`,
  name: prefix,
  prefix,
  operations: [{ method: 'POST', path: '/{any}', scope: ['demo:read'] }],
  bearer: false,
  proofWindow: gatewayWindow,
  unrecorded: 'spool',
  stalenessBudget: 5,
  storeAwayBudget: 30,
  upstream: { target: api },
  ...change,
});
const once = routeOf('/once', { replay: 'everywhere' });
const narrow = routeOf('/narrow', { replay: 'everywhere', proofWindow: { ...gatewayWindow, past: 30, future: 5 } });
const each = routeOf('/each', {});

let first: World;
let second: World;
let asked: ProofUse[];
/** What the token service does: one store for all gateways. */
let reserve: ReserveProof;
const reserveProof: ReserveProof = (proof) => {
  asked.push(proof);
  return reserve(proof);
};

beforeEach(async () => {
  asked = [];
  api.seen.length = 0;
  const routes = [once, narrow, each];
  first = await openWorld({ routes, reserveProof });
  second = await openWorld({ name: 'gw-2', routes, reserveProof, fetchKeys: () => Promise.resolve(first.keySet.jwks) });
  const store = openMemoryStore({ now: () => first.clock.database() * 1e6 });
  const answers: Record<string, Reserved> = { recorded: 'fresh', reserved: 'used', expired: 'expired' };
  reserve = async ({ thumbprint, jti, end }) => {
    const { outcome } = await store.append({ streams: [], reserve: [reservation('gateway-proof', [thumbprint, jti], end)] });
    return answers[outcome] ?? 'expired';
  };
  for (const { gateway } of [first, second]) {
    await gateway.start();
    await waitFor(() => gateway.ready());
  }
});
afterEach(async () => {
  await first.close();
  await second.close();
});

/** One call, to be made at any gateway, any number of times. */
async function call(route: Route, change: { claims?: object; scope?: string } = {}) {
  const path = `${route.prefix}/x`;
  const token = await first.token({ aud: route.resource, ...(change.scope !== undefined && { scope: change.scope }) });
  const proof = await first.proof(token, { method: 'POST', path }, { claims: { ...change.claims } });
  const request = { method: 'POST', path, headers: ['authorization', `DPoP ${token}`, 'dpop', proof], body: '' };
  return async (world: World) => {
    const { status, headers } = await world.send(request);
    return { status, challenge: headers['www-authenticate'] };
  };
}

const replayed = { status: 401, challenge: expect.stringMatching(/^DPoP error="invalid_dpop_proof"/) as string };
const reasons = (world: World): unknown[] => world.bus.calls().map(({ reason, status }) => reason ?? status);

describe('a route with replay: everywhere', () => {
  it('lets a proof in at one gateway, and at no other (S-104)', async () => {
    const made = await call(once);
    expect((await made(first)).status).toBe(200);
    expect(await made(second)).toEqual(replayed);
    expect([reasons(first), reasons(second), api.seen.length]).toEqual([[200], ['proof_replayed'], 1]);
  });

  it('is what makes the difference: another route’s proof passes once at each', async () => {
    const made = await call(each);
    expect([(await made(first)).status, (await made(second)).status]).toEqual([200, 200]);
    expect(asked).toEqual([]);
  });

  it('gives one winner for sixteen equal proofs at each of two gateways (S-104)', async () => {
    for (let round = 0; round < 10; round += 1) {
      const made = await call(once);
      const answers = await Promise.all(Array.from({ length: 32 }, (_, n) => made(n % 2 ? first : second)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(31);
    }
  });

  it('asks only for what everything else lets through, and only once at one gateway', async () => {
    const made = await call(once);
    expect((await made(first)).status).toBe(200);
    expect(await made(first)).toEqual(replayed);
    expect((await (await call(once, { scope: 'demo:write' }))(first)).status).toBe(403);
    expect((await (await call(once, { claims: { htm: 'GET' } }))(first)).status).toBe(401);
    expect(asked).toHaveLength(1);
  });

  it.each<[string, Route, number, number]>([
    ['', once, 1_790_000_000, 1_790_000_360],
    [', rounded up', once, 1_789_999_999.25, 1_790_000_360],
    [', however narrow its window is', narrow, 1_789_999_990, 1_790_000_350],
  ])('reserves until an end made of what is signed alone%s', async (_name, route, iat, end) => {
    const made = await call(route, { claims: { iat, jti: 'j1' } });
    expect((await made(first)).status).toBe(200);
    expect(asked).toEqual([{ thumbprint: first.holder.thumbprint, jti: 'j1', end }]);
  });

  it('is answered 503 when nobody can say whether a proof was used, and the API hears nothing', async () => {
    const honest = reserve;
    reserve = () => Promise.reject(new StoreUnavailable('away'));
    expect((await (await call(once))(first)).status).toBe(503);
    expect([reasons(first), api.seen.length]).toEqual([['proof_unreserved'], 0]);
    reserve = honest;
    expect((await (await call(once))(first)).status).toBe(200);
  });

  it('refuses a proof that is over by the clock of the store', async () => {
    reserve = () => Promise.resolve('expired');
    expect(await (await call(once))(first)).toEqual(replayed);
    expect([reasons(first), api.seen.length]).toEqual([['proof_invalid'], 0]);
  });

  it('sees a revocation that came while the token service was asked', async () => {
    const answer = Promise.withResolvers<Reserved>();
    reserve = () => answer.promise;
    const made = (await call(once))(first);
    await waitFor(() => asked.length === 1);
    await first.bus.deliver(first.lane.revoke('grant', 'gr_1'));
    answer.resolve('fresh');
    expect((await made).status).toBe(401);
    expect([reasons(first), api.seen.length]).toEqual([['token_revoked'], 0]);
  });

  it('takes a proof from before the start, for the store knows whether it was used (ADR 0020)', async () => {
    const [unused, used, local] = [await call(once), await call(once), await call(each)];
    expect((await used(first)).status).toBe(200);
    await first.restart();
    // Denied everything until its keys and revocations are there.
    await waitFor(async () => (await local(first)).status === 401);
    expect((await unused(first)).status).toBe(200);
    expect(await used(first)).toEqual(replayed);
    expect(reasons(first).slice(-3)).toEqual(['proof_before_start', 200, 'proof_replayed']);
  });
});

describe('a gateway', () => {
  it('is not composed with such a route and nobody to ask', async () => {
    const made = () => openGateway({ ...optionsOf(first), routes: [once] });
    expect(made).toThrow('replay: everywhere');
  });

  it('protects the operators’ API that way', () => {
    expect(adminRoute(issuer, { stalenessBudget: 5, storeAwayBudget: 30 }).replay).toBe('everywhere');
  });
});

/** All it takes, but for whom to ask. */
const optionsOf = (world: World) => ({
  name: 'gw-3',
  issuer,
  budgets: { stalenessBudget: 5, storeAwayBudget: 30 },
  bus: world.bus,
  fetchKeys: () => Promise.resolve(world.keySet.jwks),
  feed: world.lane.feed,
  revocationKeys: () => undefined,
  serviceKey: () => {
    throw new Error('not needed here');
  },
  services: {},
  refusals: { record: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() },
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
});
