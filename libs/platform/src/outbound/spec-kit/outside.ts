import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { certificateFor } from '@chancery/testing';
import { onTestFinished } from 'vitest';
import { type AllowedTargets, nothingAllowed, parseAllowedTargets } from '../allowed-targets.js';
import type { ResolveHost } from '../resolve-host.js';

/** A name of the world outside. */
export const host = 'agent.example';
const { key, cert } = certificateFor(host, '127.0.0.2');
export const ca = cert;

/** The address that plays a public one: a network of one address, where nothing else of loopback is allowed. */
export const outside = '127.0.0.2';
export const inside = '127.0.0.1';
export const onlyOutside: AllowedTargets = parseAllowedTargets(`${outside}/32`) ?? nothingAllowed;

/** Every name is at these addresses. */
export const at =
  (...addresses: readonly string[]): ResolveHost =>
  () =>
    Promise.resolve(addresses);

export interface Outside {
  readonly port: number;
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly sockets: Set<Socket>;
}

/** A real server with a real certificate at the outside address. */
export async function serveOutside(handler: (req: IncomingMessage, res: ServerResponse) => void, port = 0): Promise<Outside> {
  const requests: IncomingMessage[] = [];
  const server = createServer({ key, cert }, (req, res) => {
    requests.push(req);
    handler(req, res);
  });
  const sockets = await listening(server, port, outside);
  const { port: opened } = server.address() as AddressInfo;
  return { port: opened, url: `https://${host}:${opened}/jwks`, requests, sockets };
}

/** Counts every connection to an address that nobody may connect to. */
export async function trap(port: number, address = inside): Promise<{ readonly hits: () => number }> {
  let hits = 0;
  const server = createTcpServer((socket) => {
    hits += 1;
    socket.destroy();
  });
  await listening(server, port, address);
  return { hits: () => hits };
}

/** Accepts connections and never says a word. */
export async function silence(): Promise<{ readonly url: string; readonly sockets: Set<Socket> }> {
  const server = createTcpServer((socket) => void socket.resume());
  const sockets = await listening(server, 0, outside);
  return { url: `https://${host}:${(server.address() as AddressInfo).port}/jwks`, sockets };
}

async function listening(server: Server, port: number, address: string): Promise<Set<Socket>> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, resolve);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return sockets;
}

export const json = (res: ServerResponse, body: string, headers: Record<string, string> = {}): void =>
  void res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
