import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceName } from '../keys/key-ring.js';
import { openForSpec as open } from './spec-kit/door.js';

const form = (fields: string): RequestInit => ({
  method: 'POST',
  body: fields,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

describe('the door’s table', () => {
  it.each<[string, ServiceName]>([
    ['/register', 'registration'],
    ['/revoke', 'token'],
    ['/jwks', 'token'],
    ['/.well-known/oauth-authorization-server', 'token'],
    ['/.well-known/openid-configuration', 'token'],
    ['/revocations/feed?after=1', 'token'],
    ['/.well-known/oauth-protected-resource/demo', 'gateway'],
    ['/admin/v1/agents', 'gateway'],
    ['/demo/notes', 'gateway'],
  ])('sends %s to %s', async (path, service) => {
    const { door, seen } = await open();
    expect(await (await fetch(door.url + path)).text()).toBe(service);
    expect(seen).toEqual([{ service, method: 'GET', url: path, body: '' }]);
  });

  it.each<[string, ServiceName]>([
    ['grant_type=client_credentials&scope=a', 'token'],
    [`grant_type=${encodeURIComponent(exchange)}&scope=a`, 'exchange'],
    ['grant_type=refresh_token', 'token'],
    ['grant_type=constructor', 'token'],
    ['scope=a', 'token'],
    [`grant_type=${exchange}&grant_type=client_credentials`, 'token'],
    ['grant_type=%ff', 'token'],
  ])('sends %s at /token to %s, with the body it read (WIRE-08)', async (body, service) => {
    const { door, seen } = await open();
    await fetch(`${door.url}/token`, form(body));
    expect(seen).toEqual([{ service, method: 'POST', url: '/token', body }]);
  });

  it('leaves every other request at /token to the token service, unread', async () => {
    const { door, seen } = await open();
    await fetch(`${door.url}/token`);
    await fetch(`${door.url}/token`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(seen.map(({ service, body }) => [service, body])).toEqual([
      ['token', ''],
      ['token', ''],
    ]);
  });

  it.each(['/', '/nothing', '/token/', '/tokens', '/TOKEN', '/%74oken', '/admin', '/demo', '/health', '/.well-known/other'])(
    'has no %s: 404 in JSON, without HTML (META-02)',
    async (path) => {
      const { door, seen, refusals } = await open();
      const answer = await fetch(door.url + path);
      expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
        404,
        'application/json',
        '{"error":"invalid_request"}',
      ]);
      expect(seen).toEqual([]);
      expect(refusals.map(({ endpoint, error, source }) => [endpoint, error.refusal, source])).toEqual([
        ['unknown', 'path_unknown', '127.0.0.1'],
      ]);
    },
  );
});

describe('a request that has two readings, or none', () => {
  it.each<[string, string, number]>([
    ['an absolute target', 'GET http://other.example/token HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['dot segments', 'GET /demo/../token HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['an escaped slash', 'GET /demo%2fnotes HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['two hosts', 'GET /jwks HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['no host', 'GET /jwks HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    ['a length beside chunks', 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a space before the colon', 'GET /jwks HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['a bare line feed in a header', 'GET /jwks HTTP/1.1\r\nHost: x\r\nA: b\n c\r\n\r\n', 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\r\n\r\n', 400],
    ['a header block over 32 KiB', `GET /jwks HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(33_000)}\r\n\r\n`, 431],
    ['five thousand headers', `GET /jwks HTTP/1.1\r\nHost: x\r\n${'a: 1234\r\n'.repeat(5_000)}\r\n`, 431],
  ])('is refused: %s', async (_, text, status) => {
    const { send, seen } = await open();
    const answer = await send(text.includes('Connection:') ? text : text.replace('\r\n', '\r\nConnection: close\r\n'));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(seen).toEqual([]);
  });

  it('is refused in JSON, with the headers of every answer, and recorded without a byte of it', async () => {
    const { send, refusals } = await open();
    const answer = await send('BROKEN\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\nx-content-type-options: nosniff\r\n/);
    expect(answer).toMatch(/\r\nx-request-id: rq_/);
    expect(answer.split('\r\n\r\n')[1]).toBe('{"error":"invalid_request"}');
    expect(JSON.stringify(refusals)).not.toContain('BROKEN');
    expect(refusals.map(({ error }) => error.refusal)).toEqual(['request_malformed']);
  });

  it('hides no header from a service, however many came before it', async () => {
    const { send } = await open({ handler: (req, res) => void res.end(`last=${String(req.headers['dpop'])}`) });
    const answer = await send(`GET /jwks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${'a: 1\r\n'.repeat(253)}DPoP: here\r\n\r\n`);
    expect(answer).toContain('last=here');
  });

  it('cannot bring a header that only our services may set', async () => {
    const { send } = await open({ handler: (req, res) => void res.end(JSON.stringify(req.headers)) });
    const answer = await send(
      'GET /admin/v1/agents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nChancery_Caller: forged\r\nchancery-caller: forged\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toContain('forged');
  });
});

describe('a slow or large body', () => {
  it('is answered 408 when it has not arrived in time, while others are served (S-132)', async () => {
    const { door, send } = await open({ limits: { requestSeconds: 1 } });
    const slow = send(
      'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant',
    );
    expect((await fetch(`${door.url}/health/live`)).status).toBe(200);
    expect(await slow).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  it('is answered 408 when not even its headers arrive', async () => {
    const { send } = await open({ limits: { requestSeconds: 1 } });
    expect(await send('POST /token HTTP/1.1\r\nHost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['announced', `Content-Length: 65537\r\n\r\n${'x'.repeat(65_537)}`],
    ['never ending', `Transfer-Encoding: chunked\r\n\r\n1000000\r\n${'x'.repeat(70_000)}`],
    ['in chunks', `Transfer-Encoding: chunked\r\n\r\n10001\r\n${'x'.repeat(65_537)}\r\n0\r\n\r\n`],
  ])('is answered 413 over 64 KiB, %s', async (_, rest) => {
    const { send, seen } = await open();
    const answer = await send(`POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n${rest}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*\r\n\r\n\{"error":"invalid_request"/);
    expect(seen).toEqual([]);
  });
});

describe('scripts of other origins (WIRE-14)', () => {
  const preflight = { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } };

  it.each([
    ['/token', 'POST'],
    ['/revoke', 'POST'],
    ['/register', 'POST'],
    ['/jwks', 'GET'],
    ['/.well-known/oauth-authorization-server', 'GET'],
    ['/.well-known/oauth-protected-resource/demo', 'GET'],
  ])('may call %s with %s, without credentials', async (path, method) => {
    const { door, seen } = await open();
    const asked = await fetch(door.url + path, preflight);
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': method,
      'access-control-allow-headers': expect.stringContaining('DPoP') as string,
      'access-control-expose-headers': expect.stringContaining('WWW-Authenticate') as string,
    });
    expect(asked.headers.has('access-control-allow-credentials')).toBe(false);
    expect(seen).toEqual([]);
    expect((await fetch(door.url + path, { headers: preflight.headers })).headers.get('access-control-allow-origin')).toBe('*');
  });

  it.each(['/admin/v1/agents', '/demo/notes', '/revocations/feed', '/health/ready'])('may not call %s', async (path) => {
    const { door } = await open();
    for (const init of [preflight, { headers: preflight.headers }]) {
      const answer = await fetch(door.url + path, init);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('health', () => {
  it('is alive as long as the process answers, and ready when nothing is missing', async () => {
    const { door } = await open({ checks: [{ name: 'keys', ready: () => true }] });
    expect((await fetch(`${door.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${door.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('names what is missing, and is alive all the same', async () => {
    const { door } = await open({ checks: [{ name: 'revocations', ready: () => false }] });
    const ready = await fetch(`${door.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not_ready', not_ready: ['revocations'] }]);
    expect((await fetch(`${door.url}/health/live`)).status).toBe(200);
  });

  it('is only looked at', async () => {
    const { door } = await open();
    const answer = await fetch(`${door.url}/health/ready`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('every answer of the door', () => {
  it('has the headers of the table, and at an https issuer keeps browsers on https', async () => {
    const { door } = await open({ issuer: 'https://as.example' });
    for (const path of ['/nothing', '/health/live', '/demo/notes']) {
      const { headers } = await fetch(door.url + path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.stringMatching(/^rq_/) as string,
      });
      expect(headers.has('server')).toBe(false);
    }
  });
});

describe('a door that closes', () => {
  it('finishes what it began, and accepts nothing more', async () => {
    const begun: ServerResponse[] = [];
    const { door } = await open({ handler: (_, res) => void begun.push(res) });
    const answer = fetch(`${door.url}/demo/notes`);
    const first = await waitFor(() => begun[0]);
    const closed = door.close();
    await expect(fetch(`${door.url}/health/live`)).rejects.toThrow('fetch failed');
    first.end('finished');
    expect((await answer).headers.get('connection')).toBe('close');
    expect(await (await answer).text()).toBe('finished');
    await closed;
  });

  it('says so when its port is taken, naming the setting', async () => {
    const holder = createTcpServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    await expect(open({ port })).rejects.toThrow(`CHANCERY_PORT: port ${port} is taken: choose another one`);
  });
});
