import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits as wireLimits } from '@chancery/oauth';
import { ConfigError } from '../config/config.js';
import { newId } from '../ids.js';
import type { Refusal } from '../refusals/refusals.js';
import { type Begun, refuseBroken } from './broken-connections.js';

export interface DoorLimits {
  readonly headerBytes: number;
  readonly headerFields: number;
  /** Seconds in which a request must have arrived, headers and body. */
  readonly requestSeconds: number;
  readonly connections: number;
}

export const doorLimits: DoorLimits = {
  headerBytes: wireLimits.headerBlockBytes,
  headerFields: 256,
  requestSeconds: wireLimits.bodySeconds,
  connections: 10_000,
};

export interface ListenerOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly limits: DoorLimits;
  /** Answers a request. Never rejects. */
  answer(begun: Begun): Promise<void>;
  /** Told of what was refused without being a request. */
  note(refusal: Refusal): void;
}

export interface Door {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets what is being answered finish, and cuts what has not after 3 s. */
  close(): Promise<void>;
}

/** Milliseconds that answers may take once the door is closing: what is closed after it, PostgreSQL last, has its share of the 5 s that a stop may take. */
const lastAnswers = 3_000;

/** Listens, within limits. Throws a ConfigError naming `CHANCERY_PORT` when it cannot. */
export async function openListener(options: ListenerOptions): Promise<Door> {
  const { limits, note } = options;
  const answering = new Set<ServerResponse>();
  const last = new WeakMap<Duplex, Begun>();
  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    const begun: Begun = { req, res, requestId: newId('rq'), endpoint: 'unknown' };
    answering.add(res);
    last.set(req.socket, begun);
    res.once('close', () => answering.delete(res));
    if (!server.listening) res.setHeader('connection', 'close');
    void options.answer(begun);
  };
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      requestTimeout: limits.requestSeconds * 1_000,
      headersTimeout: limits.requestSeconds * 1_000,
      connectionsCheckingInterval: 500,
      keepAliveTimeout: 30_000,
      // Node.js would answer a missing Host by itself, bare and unrecorded.
      requireHostHeader: false,
    },
    serve,
  );
  server.maxConnections = limits.connections;
  server.on('checkExpectation', serve);
  refuseBroken(server, { last: (socket) => last.get(socket), note });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { port, url: `http://${host}:${port}`, close: () => close(server, answering) };
}

function listen(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const problem =
        cause.code === 'EADDRINUSE' ? `port ${port} is taken: choose another one` : `port ${port} of ${host} cannot be listened on`;
      reject(new ConfigError('CHANCERY_PORT', problem, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
}

async function close(server: Server, answering: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Otherwise a connection stays open for a next request that nobody will answer.
  for (const res of answering) if (!res.headersSent) res.setHeader('connection', 'close');
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), lastAnswers);
  await closed;
  clearTimeout(timer);
}
