import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forward, type Forwarded, type Target } from './target.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

async function serve(handler: Handler): Promise<string> {
  const server = createServer((req, res) => void handler(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that hands every request to the target. */
const inFrontOf = (target: Target, changed: Partial<Forwarded> = {}) => serve((req, res) => forward({ target, req, res, ...changed }));

const collect = async (req: IncomingMessage) => Buffer.concat(await req.toArray()).toString();

const raw = (url: string, ...lines: string[]): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1').once('close', () => resolve(answer));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.write(['GET /demo/notes HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n'));
  });

describe('a service at an address of its own', () => {
  it('gets method, path, query, headers and body, and answers as if it were here', async () => {
    const url = await serve(async (req, res) => {
      const seen = { method: req.method, url: req.url, dpop: req.headers['dpop'], body: await collect(req) };
      res.writeHead(201, { 'x-from': 'upstream', 'set-cookie': ['a=1', 'b=2'] }).end(JSON.stringify(seen));
    });
    const front = await inFrontOf({ url });
    const answer = await fetch(`${front}/demo/notes?a=1`, { method: 'PUT', body: 'hello', headers: { dpop: 'proof' } });
    expect(answer.status).toBe(201);
    expect([answer.headers.get('x-from'), answer.headers.getSetCookie()]).toEqual(['upstream', ['a=1', 'b=2']]);
    expect(await answer.json()).toEqual({ method: 'PUT', url: '/demo/notes?a=1', dpop: 'proof', body: 'hello' });
  });

  it('gets a body that was read already', async () => {
    const url = await serve(async (req, res) => void res.end(await collect(req)));
    const front = await serve(async (req, res) => forward({ target: { url }, req, res, body: Buffer.from(await collect(req)) }));
    expect(await (await fetch(front, { method: 'POST', body: 'grant_type=x' })).text()).toBe('grant_type=x');
  });

  it('gets what we say about the caller, and nothing the caller says in our name', async () => {
    const url = await serve((req, res) => void res.end(JSON.stringify(req.rawHeaders)));
    const front = await inFrontOf({ url }, { set: { 'chancery-caller': 'ours' } });
    const answer = await raw(front, 'Connection: close', 'chancery_caller: forged', 'Chancery-Caller: forged');
    expect(answer).toContain('"chancery-caller","ours"');
    expect(answer).not.toContain('forged');
  });

  it('gets no header that is for one connection', async () => {
    const url = await serve((req, res) => void res.end(JSON.stringify(req.rawHeaders)));
    const front = await inFrontOf({ url });
    const answer = await raw(front, 'Connection: close, X-Drop', 'X-Drop: dropped', 'TE: dropped', 'Keep-Alive: dropped', 'X-Keep: kept');
    expect(answer).toContain('kept');
    expect(answer).not.toContain('dropped');
  });

  it('is answered for with 503 and Retry-After when it is away or dies', async () => {
    const dying = await serve((req) => void req.socket.destroy());
    for (const url of ['http://127.0.0.1:1', dying]) {
      const answer = await fetch(await inFrontOf({ url }));
      const body: unknown = await answer.json();
      expect([answer.status, answer.headers.get('retry-after'), body]).toEqual([503, '1', { error: 'temporarily_unavailable' }]);
    }
  });

  it('that dies in the middle of its answer does not leave a whole one behind', async () => {
    const url = await serve((req, res) => {
      res.write('half', () => req.socket.destroy());
    });
    const answer = await fetch(await inFrontOf({ url }));
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  it('is left when the caller goes away', async () => {
    let left = false;
    const url = await serve((req, res) => {
      res.write('begun');
      req.socket.once('close', () => (left = true));
    });
    const leaving = new AbortController();
    const answer = await fetch(await inFrontOf({ url }), { signal: leaving.signal });
    expect(answer.status).toBe(200);
    leaving.abort();
    await waitFor(() => left);
  });
});

describe('a service in this process', () => {
  it('gets the same request, with what we say about the caller', async () => {
    const front = await inFrontOf(
      { handle: (req, res) => void res.end(JSON.stringify([req.headers['chancery-caller'], req.headers['x-keep']])) },
      { set: { 'chancery-caller': 'ours' } },
    );
    expect(await raw(front, 'Connection: close', 'chancery-caller: forged', 'X-Keep: kept')).toContain('["ours","kept"]');
  });
});
