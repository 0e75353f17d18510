import { sign } from 'node:crypto';
import { connect } from 'node:net';
import { importPublicJwk, OAuthError } from '@chancery/oauth';
import { Controller, type DynamicModule, Get, HttpCode, Module, Post, Req } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replicaFetch } from '../composed/remote.js';
import { createHealth } from '../health/health.js';
import { bodyOf, requestIdOf, type ServiceRequest } from '../http/request.js';
import { createService } from '../http/service.js';
import type { ServiceName } from '../keys/key-ring.js';
import { makeKey } from '../keys/make-key.js';
import { silentLog } from '../logs/log.js';
import type { Refusal } from '../refusals/refusals.js';
import { callerHeader, type CallerHeader } from '../service-auth/caller-header.js';
import { openServiceDoor } from './open-service-door.js';

const now = 1_800_000_000;
const keys = { gateway: makeKey('Ed25519'), exchange: makeKey('Ed25519') };
const stranger = makeKey('Ed25519');

@Controller()
class Things {
  @Post('things')
  @HttpCode(200)
  make(@Req() request: ServiceRequest) {
    return { body: bodyOf(request, 'json').toString(), id: requestIdOf(request) };
  }

  @Get('things')
  list(@Req() request: ServiceRequest) {
    return { id: requestIdOf(request) };
  }

  @Post('refuse')
  refuse() {
    throw new OAuthError('invalid_client', { refusal: 'agent_suspended' });
  }
}

@Module({})
class ThingsModule {
  static with(): DynamicModule {
    return { module: ThingsModule, controllers: [Things] };
  }
}

/** The token service behind its own door, and what it recorded. */
async function open(ready = true) {
  const refusals: Refusal[] = [];
  const recorder = {
    record: (refusal: Refusal) => void refusals.push(refusal),
    flush: async () => undefined,
    close: async () => undefined,
  };
  const service = await createService({ name: 'token', module: ThingsModule.with(), log: silentLog, refusals: recorder });
  const door = await openServiceDoor({
    host: '127.0.0.1',
    port: 0,
    service,
    callers: {
      service: 'token',
      now: () => now,
      keys(from: ServiceName, kid: string) {
        const made = from === 'gateway' || from === 'exchange' ? keys[from] : undefined;
        return made?.kid === kid ? { kid, alg: made.alg, key: importPublicJwk(made.jwk).key, jwk: made.jwk } : undefined;
      },
    },
    health: createHealth([{ name: 'event store', ready: () => ready }]),
    log: silentLog,
    refusals: recorder,
  });
  onTestFinished(async () => {
    await door.close();
    await service.close();
  });
  return { url: door.url, port: door.port, refusals };
}

const outside = { requestId: 'rq_outside', source: '203.0.113.7' };

const word = (changed: Partial<CallerHeader> = {}) =>
  callerHeader({ from: 'gateway', to: 'token', key: keys.gateway, method: 'POST', path: '/things', outside, now, ...changed });

const json = (headers: Record<string, string>) => ({
  method: 'POST',
  body: '{}',
  headers: { 'content-type': 'application/json', ...headers },
});

/** Sends these lines; answers everything that came back. */
const raw = (port: number, ...lines: string[]): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1').once('close', () => resolve(answer));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.write(lines.join('\r\n'));
  });

describe('the door of a service', () => {
  it('lets in what the gateway gives its word for', async () => {
    const { url, refusals } = await open();
    const answer = await fetch(`${url}/things?a=1`, json({ 'chancery-caller': word() }));
    expect([answer.status, await answer.json(), refusals]).toEqual([200, { body: '{}', id: 'rq_outside' }, []]);
    expect(answer.headers.get('x-request-id')).toBe('rq_outside');
  });

  it.each<[string, () => Record<string, string>, string]>([
    ['without a word', () => ({}), 'caller_missing'],
    ['with a word for another service', () => ({ 'chancery-caller': word({ to: 'exchange' }) }), 'caller_invalid'],
    ['with a word for another method', () => ({ 'chancery-caller': word({ method: 'GET' }) }), 'caller_invalid'],
    ['with a word for another path', () => ({ 'chancery-caller': word({ path: '/refuse' }) }), 'caller_invalid'],
    ['with a word whose time is over', () => ({ 'chancery-caller': word({ now: now - 30 }) }), 'caller_invalid'],
    ['with a word from far ahead', () => ({ 'chancery-caller': word({ now: now + 6 }) }), 'caller_invalid'],
    ['with a word under a key nobody knows', () => ({ 'chancery-caller': word({ key: stranger }) }), 'caller_invalid'],
    ['with a word under another service’s key', () => ({ 'chancery-caller': word({ key: keys.exchange }) }), 'caller_invalid'],
    [
      'with a word signed by somebody else',
      () => ({ 'chancery-caller': word({ key: { ...stranger, kid: keys.gateway.kid } }) }),
      'caller_invalid',
    ],
    ['with another service’s word', () => ({ 'chancery-caller': word({ from: 'exchange', key: keys.exchange }) }), 'caller_not_gateway'],
    ['with something that is no word', () => ({ 'chancery-caller': 'gateway' }), 'caller_invalid'],
    ['with the word under another header', () => ({ authorization: `Bearer ${word()}`, 'x-chancery-caller': word() }), 'caller_missing'],
  ])('lets nobody in %s, and tells the service nothing of it', async (_, headers, reason) => {
    const { url, refusals } = await open();
    const answer = await fetch(`${url}/things`, json(headers()));
    expect(answer.status).toBe(401);
    expect(refusals).toMatchObject([{ error: { refusal: reason }, source: '127.0.0.1', endpoint: 'unknown' }]);
    expect(refusals[0]?.requestId).toBe(answer.headers.get('x-request-id'));
    expect(refusals[0]?.requestId).not.toBe('rq_outside');
  });

  it('lets nobody in with two words, and a path that exists nowhere says no more', async () => {
    const { port, url, refusals } = await open();
    const twice = await raw(
      port,
      'GET /things HTTP/1.1',
      'Host: x',
      'Connection: close',
      `chancery-caller: ${word({ method: 'GET' })}`,
      `Chancery-Caller: ${word({ method: 'GET' })}`,
      '',
      '',
    );
    expect(twice).toMatch(/^HTTP\/1\.1 401 /);
    expect((await fetch(`${url}/nowhere`)).status).toBe(401);
    expect(refusals.map(({ error }) => error.refusal)).toEqual(['caller_invalid', 'caller_missing']);
  });

  it('lets nobody choose the request’s id or address: what the word says of them is signed', async () => {
    const { url } = await open();
    const [head = '', claims = '', signature = ''] = word().split('.');
    const changed = {
      ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
      outside: { ...outside, source: '192.0.2.1' },
    };
    const payload = Buffer.from(JSON.stringify(changed)).toString('base64url');
    const resigned = sign(null, Buffer.from(`${head}.${payload}`), stranger.privateKey).toString('base64url');
    for (const each of [signature, resigned]) {
      expect((await fetch(`${url}/things`, json({ 'chancery-caller': `${head}.${payload}.${each}` }))).status).toBe(401);
    }
  });

  it('records what the service refuses under the request and the address that the gateway names', async () => {
    const { url, refusals } = await open();
    const answer = await fetch(
      `${url}/refuse`,
      json({ 'chancery-caller': word({ path: '/refuse' }), 'x-request-id': 'rq_forged', 'x-forwarded-for': '198.51.100.1' }),
    );
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([401, 'rq_outside']);
    expect(refusals).toMatchObject([{ error: { refusal: 'agent_suspended' }, ...outside, endpoint: '/refuse' }]);
  });

  it('knows a request that the gateway makes itself by an id and an address of its own', async () => {
    const { url, refusals } = await open();
    const { outside: _, ...own } = {
      outside,
      from: 'gateway',
      to: 'token',
      key: keys.gateway,
      method: 'POST',
      path: '/refuse',
      now,
    } as const;
    const headers = { 'chancery-caller': callerHeader(own), 'x-request-id': 'rq_forged', 'x-forwarded-for': '198.51.100.1' };
    await fetch(`${url}/refuse`, json(headers));
    expect(refusals).toMatchObject([{ requestId: expect.stringMatching(/^rq_(?!forged)/) as string, source: '127.0.0.1' }]);
  });

  it('shows its health to anybody, and nothing else', async () => {
    const [well, ill] = [await open(), await open(false)];
    expect((await fetch(`${well.url}/health/ready`)).status).toBe(200);
    const ready = await fetch(`${ill.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not_ready', not_ready: ['event store'] }]);
    expect((await fetch(`${ill.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${well.url}/health`)).status).toBe(401);
  });

  it('refuses what has no one reading before it looks at any word', async () => {
    const { port, refusals } = await open();
    const answer = await raw(
      port,
      'GET //things HTTP/1.1',
      'Host: x',
      'Connection: close',
      `chancery-caller: ${word({ method: 'GET' })}`,
      '',
      '',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(refusals).toMatchObject([{ error: { refusal: 'request_malformed' } }]);
  });
});

describe('an act that a service begins', () => {
  const head = (method: string, version: string) => [
    `${method} /things HTTP/${version}`,
    'Host: x',
    'Connection: close',
    'Content-Type: application/json',
    'Content-Length: 2',
  ];

  it('is announced before anything is done, so that nobody asks another replica (RFC 2518 §10.1)', async () => {
    const { port } = await open();
    const answer = await raw(port, ...head('POST', '1.1'), `chancery-caller: ${word()}`, '', '{}');
    expect(answer).toMatch(/^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('is not announced where it can be asked for again, was refused at the door, or HTTP/1.0 knows of no such thing', async () => {
    const { port } = await open();
    const get = word({ method: 'GET' });
    expect(await raw(port, 'GET /things HTTP/1.1', 'Host: x', 'Connection: close', `chancery-caller: ${get}`, '', '')).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    expect(await raw(port, ...head('POST', '1.1'), '', '{}')).toMatch(/^HTTP\/1\.1 401 /);
    expect(await raw(port, ...head('POST', '1.0'), `chancery-caller: ${word()}`, '', '{}')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('disturbs nobody who waits for the answer alone', async () => {
    const { url } = await open();
    const ask = replicaFetch([url]);
    for (let asked = 0; asked < 2; asked += 1) {
      const answer = await ask('http://token/things', json({ 'chancery-caller': word() }));
      expect(await answer.json()).toEqual({ body: '{}', id: 'rq_outside' });
    }
  });
});
