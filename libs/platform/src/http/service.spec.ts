import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { StoreUnavailable } from '@chancery/eventstore';
import { OAuthError, parseForm } from '@chancery/oauth';
import { canarySecret } from '@chancery/testing';
import { Controller, type DynamicModule, Get, Header, HttpCode, Module, Param, Post, Req } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../logs/log.js';
import { attribute } from '../refusals/attribution.js';
import type { Refusal } from '../refusals/refusals.js';
import { doorBody, type DoorRequest } from './door-request.js';
import { bodyOf, requestIdOf, type ServiceRequest } from './request.js';
import { createService, type ServiceApp } from './service.js';

const secret = canarySecret('cause');

@Controller()
class Things {
  @Post('form')
  @HttpCode(200)
  form(@Req() request: ServiceRequest) {
    return { a: parseForm(bodyOf(request, 'form')).one('a'), id: requestIdOf(request) };
  }

  @Post('json')
  @HttpCode(200)
  json(@Req() request: ServiceRequest) {
    return { bytes: bodyOf(request, 'json').toString() };
  }

  @Get('things/:id')
  @Header('cache-control', 'public, max-age=300')
  thing(@Param('id') id: string) {
    return { id };
  }

  @Post('refuse')
  refuse() {
    throw attribute(new OAuthError('invalid_client', { refusal: 'agent_suspended', detail: secret }), { agent: 'ag_1' });
  }

  @Post('fault')
  fault() {
    throw new Error(secret);
  }

  @Post('away')
  away() {
    throw new StoreUnavailable(secret);
  }
}

@Module({})
class ThingsModule {
  static with(): DynamicModule {
    return { module: ThingsModule, controllers: [Things] };
  }
}

let service: ServiceApp;
let url: string;
let close: () => Promise<void>;
let arrives: (request: IncomingMessage) => void = () => {};
const refusals: Refusal[] = [];

beforeAll(async () => {
  const recorder = {
    record: (refusal: Refusal) => void refusals.push(refusal),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  service = await createService({ name: 'token', module: ThingsModule.with(), log: silentLog, refusals: recorder });
  const server = createServer((req, res) => {
    arrives(req);
    service.handle(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
});
afterAll(async () => {
  await close();
  await service.close();
});

const form = 'application/x-www-form-urlencoded';
const json = { 'content-type': 'application/json' };
const post = (path: string, body: string | Uint8Array<ArrayBuffer> | null, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body, headers });

/** Bytes as they are, for what no client library would send. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.once('error', reject).once('close', () => resolve(answer));
  });

describe('a body', () => {
  it('arrives as the bytes that were sent', async () => {
    expect(await (await post('/json', '{"a": 1,"a": 2}', { 'content-type': 'application/json' })).json()).toEqual({
      bytes: '{"a": 1,"a": 2}',
    });
  });

  it.each([form, `${form}; charset=utf-8`, `${form};charset=UTF-8`, `${form}; charset="utf-8"`, form.toUpperCase()])(
    'of type %s is a form',
    async (type) => {
      const answer = await post('/form', 'a=1', { 'content-type': type });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ a: '1' });
    },
  );

  it.each([
    ['application/json', '/form'],
    ['multipart/form-data; boundary=x', '/form'],
    ['text/plain', '/form'],
    [`${form}; charset=utf-7`, '/form'],
    [`${form}; charset=iso-8859-1`, '/form'],
    [`${form}; boundary=x`, '/form'],
    [form, '/json'],
    ['application/merge-patch+json', '/json'],
    ['nonsense', '/json'],
    ['a/b/c;;;=', '/json'],
  ])('of type %s is refused at %s (WIRE-01, S-125)', async (type, path) => {
    const answer = await post(path, 'a=1', { 'content-type': type });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('that is missing is refused as one of no type', async () => {
    expect((await post('/form', null)).status).toBe(415);
    expect((await post('/form', Buffer.from('a=1'))).status).toBe(415);
  });

  it('that is encoded, or of two kinds, is refused', async () => {
    expect((await post('/json', '1', { ...json, 'content-encoding': 'gzip' })).status).toBe(415);
    const twice = `POST /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${form}\r\n`.replace(/Content.*\r\n/, '$&$&');
    expect(await raw(`${twice}Content-Length: 3\r\n\r\na=1`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that is empty is an empty form', async () => {
    expect(await (await post('/form', '', { 'content-type': form })).json()).not.toHaveProperty('a');
  });

  it('of 64 KiB is read, and one byte more is refused with 413, announced or not', async () => {
    const whole = `a=1&${'x=&'.repeat(20)}`.padEnd(65_536, '&');
    expect((await post('/json', whole, json)).status).toBe(200);
    expect((await post('/json', `${whole}&`, json)).status).toBe(413);
    const chunked = await raw(
      `POST /json HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n${'x'.repeat(65_537)}\r\n0\r\n\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('read by the door already is taken from there', async () => {
    arrives = (request) => ((request as DoorRequest)[doorBody] = Buffer.from('a=from-the-door'));
    const answer = await post('/form', 'a=1', { 'content-type': form });
    arrives = () => {};
    expect(await answer.json()).toMatchObject({ a: 'from-the-door' });
  });
});

describe('a form endpoint', () => {
  it('refuses parameters in the query, and does not merge them (WIRE-02)', async () => {
    expect((await post('/form?scope=all', 'a=1', { 'content-type': form })).status).toBe(400);
    expect((await post('/form?utm=1', 'a=1', { 'content-type': form })).status).toBe(200);
  });
});

describe('a path', () => {
  it('that is nobody’s is 404 in JSON', async () => {
    for (const path of ['/nothing', '/things', '/things/1/2', '/form/']) {
      const answer = await fetch(url + path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 404, expect.stringMatching(/^application\/json/)]);
      expect(await answer.json()).toEqual({ error: 'invalid_request' });
    }
  });

  it.each([
    ['GET', '/form', 'POST'],
    ['PUT', '/form', 'POST'],
    ['HEAD', '/form', 'POST'],
    ['OPTIONS', '/form', 'POST'],
    ['DELETE', '/things/1', 'GET, HEAD'],
    ['POST', '/things/1', 'GET, HEAD'],
  ])('asked with %s where %s takes %s is 405 with Allow (S-125)', async (method, path, allow) => {
    const answer = await fetch(url + path, { method, ...(method === 'POST' && { headers: { 'content-type': 'text/plain' }, body: 'x' }) });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  it.each(['TRACE', 'PROPFIND', 'PURGE'])('asked with %s is 405 too', async (method) => {
    expect(await raw(`${method} /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 405 [^]*\r\nallow: POST\r\n/i,
    );
  });

  it('is not changed by a method override', async () => {
    const answer = await fetch(`${url}/form`, { headers: { 'x-http-method-override': 'POST' } });
    expect(answer.status).toBe(405);
  });

  it.each(['/things/%ff', '/things/%', `/things/${'x'.repeat(300)}`, '/things/%00'])(
    'as odd as %s is answered, not thrown (WIRE-05)',
    async (path) => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404|414) /);
    },
  );
});

describe('every answer', () => {
  it.each([
    ['a good one', () => post('/form', 'a=1', { 'content-type': form }), 'no-store'],
    ['a cacheable one', () => fetch(`${url}/things/1`), 'public, max-age=300'],
    ['a refusal', () => post('/refuse', null), 'no-store'],
    ['a fault', () => post('/fault', null), 'no-store'],
    ['no path', () => fetch(`${url}/nothing`), 'no-store'],
  ])('has the headers of the table: %s (S-130)', async (_, ask, caching) => {
    const { headers } = await ask();
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': caching,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^rq_/) as string,
    });
    for (const banner of ['server', 'x-powered-by', 'via']) expect(headers.has(banner)).toBe(false);
  });

  it('names the request as the service does, and each by another name', async () => {
    const answers = await Promise.all([1, 2].map(() => post('/form', 'a=1', { 'content-type': form, 'x-request-id': 'mine' })));
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { id: string }[];
    expect(bodies.map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what a handler throws', () => {
  it('leaves as the wire’s code when it is a refusal, and is recorded with whom it is about', async () => {
    refusals.length = 0;
    const answer = await post('/refuse', null);
    expect([answer.status, await answer.json()]).toEqual([401, { error: 'invalid_client' }]);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="chancery"');
    expect(refusals).toEqual([
      {
        endpoint: '/refuse',
        error: expect.objectContaining({ refusal: 'agent_suspended' }) as OAuthError,
        requestId: answer.headers.get('x-request-id'),
        source: '127.0.0.1',
        agent: 'ag_1',
      },
    ]);
  });

  it.each([
    ['a fault', '/fault', [500, 'server_error', null]],
    ['a store that is away', '/away', [503, 'temporarily_unavailable', '1']],
  ])('leaves without its text when it is %s, and is no refusal', async (_, path, [status, error, retryAfter]) => {
    refusals.length = 0;
    const answer = await post(path, null);
    expect([answer.status, await answer.text(), answer.headers.get('retry-after')]).toEqual([status, `{"error":"${error}"}`, retryAfter]);
    expect(refusals).toEqual([]);
  });

  it('is recorded under the template of its path, never the path', async () => {
    refusals.length = 0;
    await fetch(`${url}/nothing-${secret.length}`);
    await post('/form', 'a=1');
    expect(refusals.map(({ endpoint, error }) => [endpoint, error.refusal])).toEqual([
      ['unknown', 'path_unknown'],
      ['/form', 'media_type_unsupported'],
    ]);
  });
});

describe('a service', () => {
  it('says whether it may get traffic', async () => {
    expect(await service.ready()).toBe(true);
    const waiting = await createService({
      name: 'audit',
      module: ThingsModule.with(),
      log: silentLog,
      ready: () => Promise.resolve(false),
    });
    expect(await waiting.ready()).toBe(false);
    await waiting.close();
  });

  it('whose module cannot be built says why, and leaves nothing open', async () => {
    const broken = { module: ThingsModule, providers: [{ provide: 'x', useFactory: () => Promise.reject(new Error('no keys')) }] };
    await expect(createService({ name: 'audit', module: broken, log: silentLog })).rejects.toThrow('no keys');
  });
});
