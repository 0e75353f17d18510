import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { waitFor } from './wait-for.js';

let echo: Server;
let proxy: TcpProxy;
const heard: string[] = [];

beforeEach(async () => {
  heard.length = 0;
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        heard.push(String(bytes));
        socket.write(bytes);
      });
    socket.on('end', () => socket.end('bye'));
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});
afterEach(async () => {
  await proxy.close();
  echo.close();
});

interface Client {
  readonly socket: Socket;
  text(): string;
  /** The code of the error the connection ended with; `closed` without one. */
  readonly end: Promise<string>;
}

function client(): Client {
  const socket = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true });
  let text = '';
  socket.on('data', (bytes) => (text += String(bytes)));
  const end = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code))).once('close', () => resolve('closed'));
  });
  return { socket, text: () => text, end };
}

describe('a wire that can fail', () => {
  it('carries both directions, and an end without losing what comes after it', async () => {
    const { socket, text, end } = client();
    socket.write('ping');
    await waitFor(() => text() === 'ping');
    socket.end();
    expect(await end).toBe('closed');
    expect(text()).toBe('pingbye');
    await waitFor(() => proxy.connections() === 0);
  });

  it('resets what is open when cut, and takes new connections', async () => {
    const first = client();
    first.socket.write('a');
    await waitFor(() => first.text() === 'a');
    proxy.cut();
    expect(await first.end).toBe('ECONNRESET');
    const second = client();
    second.socket.write('b');
    await waitFor(() => second.text() === 'b');
  });

  it('refuses like a server that is away, until it accepts again on the same port', async () => {
    await proxy.refuse();
    expect(await client().end).toBe('ECONNREFUSED');
    await proxy.accept();
    const back = client();
    back.socket.write('c');
    await waitFor(() => back.text() === 'c');
  });

  it('holds back, in order', async () => {
    const { socket, text } = client();
    socket.setNoDelay(true).write('1');
    await waitFor(() => text() === '1');
    proxy.delay(60);
    const since = performance.now();
    socket.write('2');
    await waitFor(() => text() === '12');
    expect(performance.now() - since).toBeGreaterThanOrEqual(110);
    proxy.delay(0);
  });

  it('loses one answer after the server acted, and no other', async () => {
    const lost = proxy.loseAnswer((bytes) => bytes.includes('commit'));
    const { socket, text, end } = client();
    socket.write('begin');
    await waitFor(() => text() === 'begin');
    socket.write('commit');
    await lost;
    expect(await end).toBe('ECONNRESET');
    expect(heard).toEqual(['begin', 'commit']);
    expect(text()).toBe('begin');
    const next = client();
    next.socket.write('commit');
    await waitFor(() => next.text() === 'commit');
  });
});
