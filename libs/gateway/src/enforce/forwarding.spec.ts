import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayWindow } from '@chancery/oauth';
import type { Target } from '@chancery/platform';
import { waitFor } from '@chancery/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { Route } from '../routes/route.js';
import { echo, issuer, openWorld, type World } from '../spec-kit/world.js';

let world: World;
afterEach(() => world.close());

const echoRoute = (target: Target, change: Partial<Route> = {}): Route => ({
  resource: `${issuer}/echo`,
  name: 'Echo',
  prefix: '/echo',
  operations: [
    { method: 'GET', path: '/{any}', scope: ['demo:read'] },
    { method: 'POST', path: '/{any}', scope: [] },
  ],
  bearer: false,
  proofWindow: gatewayWindow,
  unrecorded: 'spool',
  stalenessBudget: 5,
  storeAwayBudget: 30,
  upstream: { target },
  ...change,
});

const open = async (target: Target, change: Partial<Route> = {}, services = {}): Promise<void> => {
  world = await openWorld({ routes: [echoRoute(target, change)], services });
  await world.gateway.start();
  await waitFor(() => world.gateway.ready());
};
const call = async (request: Parameters<World['call']>[0] = {}) =>
  world.call({ path: '/echo/1', token: await world.token({ aud: `${issuer}/echo` }), ...request });

const spoofed = [
  'Cookie',
  'a=b',
  'Chancery-Caller',
  'forged',
  'chancery_caller',
  'forged',
  'X-Forwarded-For',
  '1.2.3.4',
  'X_Forwarded_Host',
  'x',
  'Forwarded',
  'for=1',
  'X-Original-URL',
  '/admin',
  'X-Rewrite-URL',
  '/admin',
  'Client-Cert',
  'x',
  'X-Client-Cert',
  'x',
  'Txn-Token',
  'x',
  'SSL_CLIENT_CERT',
  'x',
  'X-Real-IP',
  '1.2.3.4',
  'Proxy-Authorization',
  'x',
];

describe('what is let through', () => {
  it('reaches the API without credentials, without what only we or a proxy may say, and with the rest (GW-15, GW-16)', async () => {
    const api = echo();
    await open(api);
    const { status, body } = await call({ headers: [...spoofed, 'X-Mine', 'kept', 'Accept', 'text/plain'], path: '/echo/1?q=%2F' });
    expect([status, body]).toEqual([200, 'through']);
    const seen = api.seen[0];
    expect(seen?.url).toBe('/echo/1?q=%2F');
    const names = (seen?.rawHeaders ?? []).filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    expect(names.toSorted()).toEqual(['accept', 'connection', 'host', 'x-mine']);
    expect(Object.keys(seen?.headers ?? {}).toSorted()).toEqual(['accept', 'connection', 'host', 'x-mine']);
  });

  it('reaches an API at an address of its own the same way, its answer streamed back', async () => {
    const seen: IncomingMessage[] = [];
    const upstream = createServer((req, res) => {
      seen.push(req);
      res.writeHead(206, { 'content-type': 'text/plain', 'x-api': 'yes' });
      res.write('one ');
      req.on('end', () => res.end('two')).resume();
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    await open({ url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
    const { status, headers, body } = await call({ method: 'POST', headers: spoofed, body: 'sent' });
    expect([status, headers['x-api'], body]).toEqual([206, 'yes', 'one two']);
    expect(seen[0]?.rawHeaders.join(' ')).not.toMatch(/authorization|dpop|forged|1\.2\.3\.4/i);
    expect(world.bus.calls()).toEqual([expect.objectContaining({ decision: 'allowed', status: 206 })]);
    upstream.close();
  });

  it('is the path that was judged, in its one normal form (GW-14)', async () => {
    const api = echo();
    await open(api);
    const token = await world.token({ aud: `${issuer}/echo` });
    const shown = await world.proof(token, { path: '/echo/abc' });
    expect((await world.call({ token, proof: shown, path: '/echo/%61bc' })).status).toBe(200);
    expect(api.seen[0]?.url).toBe('/echo/abc');
  });

  it('to a service of ours says on whose behalf, signed, for that request alone', async () => {
    const api = echo();
    await open(api, {}, { registration: api });
    const token = await world.token({ aud: `${issuer}/admin`, scope: 'chancery:registry', sub_profile: 'service' });
    expect((await world.call({ token, path: '/admin/v1/agents/ag_2', headers: ['chancery-caller', 'forged'] })).status).toBe(200);
    const word = String(api.seen[0]?.headers['chancery-caller']);
    expect(decodeProtectedHeader(word)).toMatchObject({ typ: 'chancery-caller+jwt', kid: 'service-1' });
    expect(decodeJwt(word)).toMatchObject({
      iss: 'gateway',
      aud: 'registration',
      htm: 'GET',
      htp: '/admin/v1/agents/ag_2',
      caller: {
        clientId: 'ag_1',
        scope: ['chancery:registry'],
        grantId: 'gr_1',
        jkt: world.holder.thumbprint,
        jti: 'tk_1',
        iat: decodeJwt(token)['iat'],
        kid: decodeProtectedHeader(token).kid,
        profile: 'service',
        iatId: 'it_1',
      },
    });
  });

  it('goes nowhere when the service is not there: 503, recorded as denied', async () => {
    await open(echo());
    const token = await world.token({ aud: `${issuer}/admin`, scope: 'chancery:audit' });
    expect((await world.call({ token, path: '/admin/v1/log' })).status).toBe(503);
    expect(world.bus.calls()).toEqual([expect.objectContaining({ decision: 'denied', reason: 'decision_failed' })]);
  });
});

describe('an answer', () => {
  it('does not begin before its record is durable', async () => {
    const api = echo();
    await open(api);
    const gate = Promise.withResolvers<void>();
    const publish = world.bus.publish.bind(world.bus);
    world.bus.publish = (records) =>
      (records[0]?.type === 'activity.allowed' ? gate.promise : Promise.resolve()).then(() => publish(records));
    let answered = false;
    const answer = call().then((got) => {
      answered = true;
      return got;
    });
    await waitFor(() => api.seen.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    gate.resolve();
    expect((await answer).status).toBe(200);
  });

  it('that could not be recorded shows nothing of the API’s: no body, no header, no status', async () => {
    await open({
      handle(_req, res) {
        res.setHeader('x-secret', 'shown');
        res.writeHead(200, { 'x-more': 'shown' }).end('secret');
      },
    });
    world.bus.away = new Error('away');
    const { status, headers, body } = await call();
    expect([status, headers['x-secret'], headers['x-more'], body]).toEqual([
      503,
      undefined,
      undefined,
      '{"error":"temporarily_unavailable"}',
    ]);
  });

  it('in pieces, with backpressure, arrives whole', async () => {
    const piece = Buffer.alloc(64 * 1_024, 'x');
    await open({
      handle(_req, res) {
        let left = 64;
        const more = (): void => {
          while (left > 0) {
            left -= 1;
            if (!res.write(piece)) return void res.once('drain', more);
          }
          res.end();
        };
        more();
      },
    });
    const { status, body } = await call();
    expect([status, body.length]).toEqual([200, 64 * piece.length]);
  });

  it('nobody waits for any more leaves a record all the same', async () => {
    const api = { handle: (_req: IncomingMessage, res: import('node:http').ServerResponse) => void res.socket?.destroy() };
    await open(api);
    await expect(call()).rejects.toThrow('socket hang up');
    await waitFor(() => world.bus.calls().length === 1);
    expect(world.bus.calls()[0]).toMatchObject({ decision: 'allowed', status: 499 });
  });
});

describe('a route that takes bearer tokens', () => {
  it('takes an unbound one under Bearer, and still no bound one (DPOP-10, S-105)', async () => {
    await open(echo(), { bearer: true });
    const unbound = await world.token({ aud: `${issuer}/echo`, cnf: undefined });
    expect((await call({ token: unbound, scheme: 'Bearer', proof: '' })).status).toBe(200);
    expect((await call({ token: unbound, scheme: 'DPoP' })).status).toBe(401);
    expect((await call({ scheme: 'Bearer', proof: '' })).status).toBe(401);
    expect((await call({ scheme: 'Bearer' })).status).toBe(401);
    const { headers } = await world.send({ path: '/echo/1' });
    expect(headers['www-authenticate']).toMatch(/^DPoP scope="demo:read", .*, Bearer scope="demo:read", /);
  });
});

describe('resource metadata', () => {
  it('is at the well-known path of each resource, public and cacheable (PRM-01, PRM-02)', async () => {
    await open(echo());
    const { status, headers, body } = await world.send({ path: '/.well-known/oauth-protected-resource/demo' });
    expect([status, headers['access-control-allow-origin'], headers['cache-control']]).toEqual([200, '*', 'public, max-age=300']);
    expect(JSON.parse(body)).toEqual({
      resource: `${issuer}/demo`,
      authorization_servers: [issuer],
      scopes_supported: ['demo:read', 'demo:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Demo notes',
      dpop_signing_alg_values_supported: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
    });
    const admin = JSON.parse((await world.send({ path: '/.well-known/oauth-protected-resource/admin' })).body) as Record<string, unknown>;
    expect(admin).toMatchObject({
      resource: `${issuer}/admin`,
      scopes_supported: ['chancery:registry', 'chancery:revoke', 'chancery:policy', 'chancery:audit'],
    });
    expect((await world.send({ path: '/.well-known/oauth-protected-resource/other' })).status).toBe(404);
    const posted = await world.send({ path: '/.well-known/oauth-protected-resource/demo', method: 'POST' });
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});
