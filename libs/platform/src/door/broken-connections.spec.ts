import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { openForSpec } from './spec-kit/door.js';

const token =
  'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\ngrant_type=client_credentials';
const statuses = (answer: string): string[] => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '');

describe('what is no request, behind one that is', () => {
  it.each([
    ['garbage', 'BROKEN\r\n\r\n'],
    ['CONNECT', 'CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n'],
  ])('%s waits until that one was answered, and only then is refused', async (_name, behind) => {
    const begun: ServerResponse[] = [];
    const { send, refusals } = await openForSpec({ handler: (_, res) => void begun.push(res) });
    const answers = send(token + behind);
    const first = await waitFor(() => (refusals.length > 0 ? begun[0] : undefined));
    first.end('{"access_token":"issued"}');
    const answer = await answers;
    expect(statuses(answer)).toEqual(['200', '400']);
    expect(answer).toContain('{"access_token":"issued"}');
    expect(answer.indexOf('issued')).toBeLessThan(answer.indexOf('HTTP/1.1 400'));
    expect(refusals.map(({ error, endpoint }) => [error.refusal, endpoint])).toEqual([['request_malformed', 'unknown']]);
  });

  it('is refused once, however much of it comes', async () => {
    const begun: ServerResponse[] = [];
    const { door, refusals } = await openForSpec({ handler: (_, res) => void begun.push(res) });
    let answer = '';
    const socket = connect(door.port, '127.0.0.1', () => socket.write(`${token}BROKEN\r\n\r\n`));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    await waitFor(() => refusals.length > 0);
    await new Promise((resolve) => socket.write('more\r\n'.repeat(1_000), resolve));
    // What was sent before has been read by the time that another request is answered.
    await fetch(`${door.url}/health/live`);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    begun[0]?.end('first');
    await closed;
    expect(statuses(answer)).toEqual(['200', '400']);
    expect(refusals).toHaveLength(1);
  });

  it('does not cut what ends the connection by itself', async () => {
    const { send } = await openForSpec({ handler: (_, res) => void res.setHeader('connection', 'close').end('x'.repeat(100_000)) });
    const answer = await send(`${token}BROKEN\r\n\r\n`);
    expect(statuses(answer)).toEqual(['200']);
    expect(answer.length).toBeGreaterThan(100_000);
  });
});

describe('a request that nobody but Node.js would answer', () => {
  it.each([
    ['expects more than we do', 'GET /jwks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: x\r\n\r\n', 417, 'expectation_unsupported'],
    [
      'expects that and more',
      'GET /jwks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue, x\r\n\r\n',
      417,
      'expectation_unsupported',
    ],
    ['asks for a way through', 'CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n', 400, 'request_malformed'],
    ['has no Host', 'GET /jwks HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'request_malformed'],
  ])('because it %s is refused in JSON, with the headers of every answer, and recorded', async (_name, text, status, refusal) => {
    const { send, seen, refusals } = await openForSpec();
    const answer = await send(text);
    expect(statuses(answer).at(-1)).toBe(String(status));
    expect(answer).toMatch(/\r\nx-content-type-options: nosniff\r\n/);
    expect(answer).toMatch(/\r\nx-request-id: rq_/);
    expect(answer.split('\r\n\r\n').at(-1)).toMatch(/^\{"error":"invalid_request"/);
    expect(seen).toEqual([]);
    expect(refusals.map(({ error, source }) => [error.refusal, source])).toEqual([[refusal, '127.0.0.1']]);
  });

  it('is none where 100-continue is all that is expected', async () => {
    const { send, seen } = await openForSpec();
    const expecting = token.replace('\r\n', '\r\nExpect: 100-continue\r\nConnection: close\r\n');
    expect(statuses(await send(expecting))).toEqual(['100', '200']);
    expect(seen.map(({ body }) => body)).toEqual(['grant_type=client_credentials']);
  });
});

describe('a body that does not come', () => {
  const half = token.replace('Content-Length: 29', 'Content-Length: 100');

  it.each([
    { name: 'in time', text: half, hangUp: false, status: '408', refusal: 'request_too_slow' },
    { name: 'whole', text: half, hangUp: true, status: '400', refusal: 'request_malformed' },
    {
      name: 'in one piece',
      text: token.replace('Content-Length: 29', 'Transfer-Encoding: chunked'),
      hangUp: false,
      status: '400',
      refusal: 'request_malformed',
    },
  ])('$name is noted once, under the route it was for', async ({ text, hangUp, status, refusal }) => {
    const { door, refusals, seen } = await openForSpec({ limits: { requestSeconds: 1 } });
    let answer = '';
    const socket = connect({ port: door.port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      hangUp ? socket.end(text) : socket.write(text),
    );
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    await new Promise((resolve) => socket.once('end', resolve));
    socket.destroy();
    expect(statuses(answer)).toEqual([status]);
    // Whoever read the body has met its end by the time that another request is answered.
    await fetch(`${door.url}/health/live`);
    expect(refusals.map(({ error, endpoint }) => [error.refusal, endpoint])).toEqual([[refusal, '/token']]);
    expect(answer).toContain(`x-request-id: ${refusals[0]?.requestId}`);
    expect(seen).toEqual([]);
  });
});
