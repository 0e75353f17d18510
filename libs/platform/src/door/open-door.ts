import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits as wireLimits, OAuthError } from '@chancery/oauth';
import { ConfigError } from '../config/config.js';
import type { Health } from '../health/health.js';
import { answerHeaders } from '../http/answer-headers.js';
import { type DoorRequest, doorRequestId } from '../http/door-request.js';
import { noteRefusal } from '../http/note-refusal.js';
import { sourceOf } from '../http/source-of.js';
import { wireError } from '../http/wire-error.js';
import { newId } from '../ids.js';
import type { ServiceName } from '../keys/key-ring.js';
import type { Log } from '../logs/log.js';
import type { Refusal, Refusals } from '../refusals/refusals.js';
import { answerHere } from './answer-here.js';
import { type Begun, refuseBroken } from './broken-connections.js';
import { answerCors } from './cors.js';
import { checkExpectation } from './expectation.js';
import { answerHealth } from './health-endpoint.js';
import { pathOfRequest } from './request-line.js';
import { type Route, routeOf, routes } from './routes.js';
import { serviceOf } from './service-of.js';
import { forward, type Target } from './target.js';

export interface DoorLimits {
  readonly headerBytes: number;
  readonly headerFields: number;
  /** Seconds in which a request must have arrived, headers and body. */
  readonly requestSeconds: number;
  readonly connections: number;
}

export interface DoorOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly issuer: string;
  readonly targets: Readonly<Record<ServiceName, Target>>;
  readonly health: Health;
  readonly log: Log;
  /** The design's table, unless told. */
  readonly routes?: readonly Route[];
  readonly limits?: Partial<DoorLimits>;
  /** For what the door refuses itself. */
  readonly refusals?: Refusals;
}

export interface Door {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets what is being answered finish, and cuts what has not after 3 s. */
  close(): Promise<void>;
}

const defaults: DoorLimits = {
  headerBytes: wireLimits.headerBlockBytes,
  headerFields: 256,
  requestSeconds: wireLimits.bodySeconds,
  connections: 10_000,
};

/** Milliseconds that answers may take once the door is closing: what is closed after it, PostgreSQL last, has its share of the 5 s that a stop may take. */
const lastAnswers = 3_000;

/** The public door. Throws a ConfigError naming `CHANCERY_PORT` when it cannot listen. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const limits = { ...defaults, ...options.limits };
  const answering = new Set<ServerResponse>();
  const last = new WeakMap<Duplex, Begun>();
  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    const begun: Begun = { req, res, requestId: newId('rq'), endpoint: 'unknown' };
    answering.add(res);
    last.set(req.socket, begun);
    res.once('close', () => answering.delete(res));
    if (!server.listening) res.setHeader('connection', 'close');
    void answer(begun, options);
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
  refuseBroken(server, { last: (socket) => last.get(socket), note: (refusal) => note(refusal, options) });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { port, url: `http://${host}:${port}`, close: () => close(server, answering) };
}

async function answer(begun: Begun, options: DoorOptions): Promise<void> {
  const { req, res, requestId } = begun;
  (req as DoorRequest)[doorRequestId] = requestId;
  for (const [name, value] of Object.entries(answerHeaders)) res.setHeader(name, value);
  res.setHeader('x-request-id', requestId);
  if (options.issuer.startsWith('https:')) res.setHeader('strict-transport-security', 'max-age=31536000');
  try {
    const path = pathOfRequest(req, options.limits?.headerFields ?? defaults.headerFields);
    checkExpectation(req);
    const route = routeOf(options.routes ?? routes, path);
    begun.endpoint = route?.path ?? 'unknown';
    if (await answerHealth(path, options.health, { req, res })) return;
    if (!route) throw new OAuthError('invalid_request', { refusal: 'path_unknown', status: 404 });
    if (answerCors(route, req, res)) return;
    const { by, body } = await serviceOf(route, req);
    forward({ target: options.targets[by], req, res, ...(body && { body }) });
  } catch (thrown) {
    const error = wireError(thrown);
    note({ error, requestId, source: sourceOf(req), endpoint: begun.endpoint }, options);
    if (res.headersSent || res.destroyed) return void res.destroy();
    answerHere(res, error);
  }
}

const note = (refusal: Refusal, { log, refusals }: DoorOptions): void => noteRefusal(refusal, { log, refusals });

function listen(server: Server, { host, port }: DoorOptions): Promise<void> {
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
