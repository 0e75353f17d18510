import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { limits, OAuthError } from '@chancery/oauth';
import { waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RemoteService } from './remote-service.js';
import { forward } from './target.js';

interface Replica {
  readonly url: string;
  /** What came, in its order. */
  readonly seen: { method: string | undefined; url: string | undefined; word: string | undefined; body: string }[];
}

type Act = (req: IncomingMessage, res: ServerResponse) => void;

/** A replica that answers with its name, or does what it is told once it has read a request. */
async function replica(name: string, act: Act = (_, res) => void res.end(name)): Promise<Replica> {
  const seen: Replica['seen'] = [];
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await req.toArray()).toString();
    seen.push({ method: req.method, url: req.url, word: req.headersDistinct['chancery-caller']?.join(), body });
    act(req, res);
  };
  const server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** A replica by its connections: told each time bytes come in. `tries` counts the requests that reached it. */
async function connections(told: (socket: Socket, request: number) => void) {
  const counted = { tries: 0 };
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('data', () => told(socket, (counted.tries += 1)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counted };
}

/** An address where the system has taken all connections that it will before anybody accepts one: the next waits. */
async function deaf(): Promise<string> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const worker = new Worker(code, { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  onTestFinished(() => waiting.forEach((socket) => socket.destroy()));
  await waitFor(() => waiting.some((socket) => !socket.connecting));
  return `http://127.0.0.1:${port}`;
}

const nobody = 'http://127.0.0.1:1';
const word = { 'chancery-caller': 'ours' };

/** What is in front of these replicas. */
async function inFrontOf(...replicas: string[]) {
  const service: RemoteService = { replicas: replicas as [string, ...string[]], introduce: () => word };
  const refused: OAuthError[] = [];
  const server = createServer((req, res) => forward({ target: service, req, res, refused: (error) => refused.push(error) }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refused };
}

const post = { method: 'POST', body: 'grant_type=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
const away = async (answer: Response) => {
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([503, '1', { error: 'temporarily_unavailable' }]);
};

describe('replicas of a service', () => {
  it('take turns', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    const { url } = await inFrontOf(a.url, b.url);
    const answers = [];
    for (let asked = 0; asked < 4; asked += 1) answers.push(await (await fetch(url)).text());
    expect(answers).toEqual(['a', 'b', 'a', 'b']);
  });

  it('get what was asked, whole, with our word and nobody else’s', async () => {
    const a = await replica('a');
    const { url } = await inFrontOf(a.url);
    await fetch(`${url}/token?a=1`, { ...post, headers: { ...post.headers, 'chancery-caller': 'forged', chancery_caller: 'forged' } });
    expect(a.seen).toEqual([{ method: 'POST', url: '/token?a=1', word: 'ours', body: 'grant_type=x' }]);
  });

  it('get our word even where the outside says that it is for one connection', async () => {
    const a = await replica('a');
    const { url } = await inFrontOf(a.url);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.resume().write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close, chancery-caller\r\n\r\n');
    expect((await waitFor(() => a.seen[0])).word).toBe('ours');
  });

  it('are passed over while they refuse connections, and get the same body', async () => {
    const b = await replica('b');
    const { url } = await inFrontOf(nobody, b.url, nobody);
    for (let asked = 0; asked < 3; asked += 1) expect(await (await fetch(url, post)).text()).toBe('b');
    expect(b.seen.map(({ body }) => body)).toEqual(Array(3).fill('grant_type=x'));
  });

  it('that close a kept connection are asked again on another one', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    // The second request of a connection finds it gone.
    const met = new WeakSet<Socket>();
    const a = await connections((socket) => {
      if (met.has(socket)) return void socket.resetAndDestroy();
      met.add(socket);
      socket.write(answer);
    });
    const { url } = await inFrontOf(a.url);
    expect(await (await fetch(url, post)).text()).toBe('ok');
    expect(await (await fetch(url, post)).text()).toBe('ok');
    expect(a.counted.tries).toBe(3);
  });

  it('that reset a connection before they act leave it to the next', async () => {
    const a = await connections((socket) => void socket.resetAndDestroy());
    const b = await replica('b');
    const { url } = await inFrontOf(a.url, b.url);
    expect(await (await fetch(url, post)).text()).toBe('b');
  });

  it('that do not accept in time leave it to the next', async () => {
    const b = await replica('b');
    const { url } = await inFrontOf(await deaf(), b.url);
    expect(await (await fetch(url, post)).text()).toBe('b');
  });

  it('are asked a bounded number of times: each once, and the first once more', async () => {
    const [a, b] = [
      await connections((socket) => void socket.resetAndDestroy()),
      await connections((socket) => void socket.resetAndDestroy()),
    ];
    const { url } = await inFrontOf(a.url, b.url);
    await away(await fetch(url, post));
    expect([a.counted.tries, b.counted.tries]).toEqual([2, 1]);
  });
});

describe('a request that a replica acts upon', () => {
  const taken = 'HTTP/1.1 102 Processing\r\n\r\n';

  it.each<[string, (socket: Socket) => void]>([
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['ends it', (socket) => void socket.end()],
  ])('is never given to another one, even when it %s', async (_, leave) => {
    const a = await connections((socket) => socket.write(taken, () => leave(socket)));
    const b = await replica('b');
    const { url } = await inFrontOf(a.url, b.url);
    await away(await fetch(url, post));
    expect([a.counted.tries, b.seen]).toEqual([1, []]);
  });

  it('is never given to another one on a kept connection either', async () => {
    const met = new WeakSet<Socket>();
    const a = await connections((socket) => {
      if (met.has(socket)) return void socket.write(taken, () => socket.resetAndDestroy());
      met.add(socket);
      socket.write(`${taken}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    });
    const { url } = await inFrontOf(a.url);
    expect(await (await fetch(url, post)).text()).toBe('ok');
    await away(await fetch(url, post));
    expect(a.counted.tries).toBe(2);
  });

  it('is never given to another one when half of its answer came', async () => {
    const a = await connections((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.resetAndDestroy()),
    );
    const b = await replica('b');
    const { url } = await inFrontOf(a.url, b.url);
    await expect(fetch(url, post).then((answer) => answer.text())).rejects.toThrow('terminated');
    expect([a.counted.tries, b.seen]).toEqual([1, []]);
  });

  it('is never given to another one after something that is no answer', async () => {
    const a = await connections((socket) => void socket.write('HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n'));
    const b = await replica('b');
    const { url } = await inFrontOf(a.url, b.url);
    await away(await fetch(url, post));
    expect([a.counted.tries, b.seen]).toEqual([1, []]);
  });
});

describe('a request that no replica hears of', () => {
  it.each<[string, RequestInit]>([
    ['announced', { method: 'POST', body: 'x'.repeat(limits.formBytes + 1) }],
    ['not announced', { method: 'POST', body: new Blob(['x'.repeat(limits.formBytes + 1)]).stream(), duplex: 'half' }],
  ])('has too large a body, %s: 413, and noted', async (_, init) => {
    const a = await replica('a');
    const { url, refused } = await inFrontOf(a.url);
    const answer = await fetch(url, init);
    expect([answer.status, await answer.json()]).toEqual([413, { error: 'invalid_request', error_description: 'the body is too large' }]);
    expect(refused.map(({ refusal }) => refusal)).toEqual(['body_too_large']);
    expect(a.seen).toEqual([]);
  });

  it('was left by its sender while the body came in', async () => {
    const a = await replica('a');
    const { url, refused } = await inFrontOf(a.url);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello', () => socket.destroy());
    await waitFor(() => refused[0]);
    expect(refused.map(({ refusal }) => refusal)).toEqual(['body_broken_off']);
    expect(a.seen).toEqual([]);
  });

  it('cannot be introduced: whoever forwards it is told by a throw', () => {
    const service: RemoteService = {
      replicas: [nobody],
      introduce() {
        throw new OAuthError('temporarily_unavailable', { refusal: 'not_ready' });
      },
    };
    const [req, res] = [{ headers: {}, headersDistinct: {}, rawHeaders: [] }, {}] as unknown as [IncomingMessage, ServerResponse];
    expect(() => forward({ target: service, req, res })).toThrow('not_ready');
  });
});
