import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proxy } from './proxy.js';

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

/** An upstream that speaks bytes: told each connection when the first of them arrive. */
async function speak(told: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('data', () => told(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const inFrontOf = (url: string) => serve((req, res) => proxy(url, req, res));

/** Sends bytes as they are; answers all that came back before the connection ended. */
const raw = (url: string, text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.once('error', () => resolve(answer)).once('close', () => resolve(answer));
  });

/** An upstream that notes what it takes for requests. */
async function noting() {
  const seen: { method: string | undefined; url: string | undefined; body: string }[] = [];
  const url = await serve(async (req, res) => {
    const body = Buffer.concat(await req.toArray()).toString();
    seen.push({ method: req.method, url: req.url, body });
    res.end('done');
  });
  return { seen, url };
}

describe('the body of a proxied request', () => {
  const smuggled = 'POST /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
  const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;

  // RFC 9112 §11.2: its end goes with it, whatever the method.
  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PATCH'])('of %s in chunks is never taken for the next request', async (method) => {
    const { seen, url } = await noting();
    const front = await inFrontOf(url);
    await raw(front, `${method} /honest HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`);
    expect(seen).toEqual([{ method, url: '/honest', body: smuggled }]);
  });

  it.each(['Content-Length', 'content-length, close', 'Transfer-Encoding'])('keeps its end where Connection lists %s', async (listed) => {
    const { seen, url } = await noting();
    const front = await inFrontOf(url);
    const head = `DELETE /honest HTTP/1.1\r\nHost: x\r\nConnection: ${listed}\r\nConnection: close\r\nContent-Length: ${smuggled.length}\r\n\r\n`;
    await raw(front, head + smuggled);
    expect(seen).toEqual([{ method: 'DELETE', url: '/honest', body: smuggled }]);
  });

  it('is none where there was none', async () => {
    const url = await serve(
      (req, res) => void res.end(JSON.stringify([req.headers['content-length'], req.headers['transfer-encoding'] ?? null])),
    );
    const front = await inFrontOf(url);
    for (const method of ['GET', 'POST']) expect(await (await fetch(front, { method })).json()).toEqual(['0', null]);
  });

  it('goes on after 100-continue', async () => {
    const { seen, url } = await noting();
    const front = await inFrontOf(url);
    const asking = request(front, { method: 'POST', headers: { expect: '100-continue', 'content-length': 5, connection: 'close' } });
    await new Promise<void>((resolve) => {
      asking.once('continue', () => void asking.end('hello'));
      asking.once('response', (answer) => void answer.resume().once('close', resolve));
      asking.flushHeaders();
    });
    expect(seen).toEqual([{ method: 'POST', url: '/', body: 'hello' }]);
  });

  it('that its sender breaks off is broken off there, and never taken for a whole one', async () => {
    let ended = '';
    const url = await serve(async (req) => {
      const body = await req.toArray().then(
        () => 'whole',
        () => 'broken off',
      );
      ended = body;
    });
    const front = await inFrontOf(url);
    const socket = connect(Number(new URL(front).port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', () => socket.destroy());
    await waitFor(() => ended);
    expect(ended).toBe('broken off');
  });

  it('need not be read to its end by who answers early', async () => {
    const url = await speak((socket) => void socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 6\r\n\r\nenough'));
    const front = await inFrontOf(url);
    const answer = await raw(
      front,
      `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5000000\r\n\r\n${'x'.repeat(1_000_000)}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('enough');
  });
});

describe('a proxied answer', () => {
  it.each([204, 304])('without a body is one, at %i', async (status) => {
    const url = await serve((_, res) => void res.writeHead(status, { etag: '"a"' }).end());
    const front = await inFrontOf(url);
    const answer = await raw(front, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.split('\r\n\r\n').slice(1)).toEqual(['']);
    expect(answer).toContain('etag: "a"');
    expect(answer.toLowerCase()).not.toContain('transfer-encoding');
  });

  it('to HEAD says how long the body would be, and has none', async () => {
    const url = await serve((_, res) => void res.writeHead(200, { 'content-length': '5' }).end('hello'));
    const front = await inFrontOf(url);
    const answer = await raw(front, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer.split('\r\n\r\n').slice(1)).toEqual(['']);
    expect(answer.toLowerCase()).toContain('content-length: 5');
  });

  it.each([
    ['a status that is none', 'HTTP/1.1 099 Odd\r\nContent-Length: 0'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x'],
    ['a header with a control character', 'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6'],
    ['something that is no HTTP', 'SSH-2.0-OpenSSH'],
  ])('with %s is answered for with 503, and the process goes on', async (_, head) => {
    const url = await speak((socket) => void socket.write(`${head}\r\n\r\n`, 'latin1'));
    const front = await inFrontOf(url);
    const answer = await fetch(front);
    expect([answer.status, answer.headers.get('x-a'), await answer.json()]).toEqual([503, null, { error: 'temporarily_unavailable' }]);
  });

  it('cannot be continued by another one that the upstream adds to it', async () => {
    const second = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';
    const url = await speak((socket) => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello${second}`));
    const front = await inFrontOf(url);
    const answer = await raw(front, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('hello');
    expect(answer).not.toContain('forged');
  });

  it('has no header that was for the connection behind', async () => {
    const url = await speak(
      (socket) =>
        void socket.write(
          'HTTP/1.1 200 OK\r\nConnection: X-Drop\r\nX-Drop: dropped\r\nKeep-Alive: timeout=1\r\nX-Keep: kept\r\nContent-Length: 0\r\n\r\n',
        ),
    );
    const { headers } = await fetch(await inFrontOf(url));
    expect([headers.get('x-drop'), headers.get('x-keep'), headers.get('keep-alive')]).toEqual([null, 'kept', 'timeout=5']);
  });
});
