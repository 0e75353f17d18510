import { type ClientRequest, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { OAuthError } from '@chancery/oauth';
import { doorBody, type DoorRequest } from '../http/door-request.js';
import { answerHere } from './answer-here.js';
import { endToEnd } from './hop-by-hop.js';

/** Milliseconds in which a service must say something: longer than the longest poll of the feed. */
const silence = 60_000;

/** Milliseconds in which a connection must be there. */
const connecting = 2_000;

/** Streams a request to an address, and the answer back. One that cannot be reached, or breaks off, is answered 503. Never throws. */
export function proxy(base: string, req: IncomingMessage, res: ServerResponse): void {
  const body = (req as DoorRequest)[doorBody];
  ask(base, { req, res, ...(body && { body }), failed: (cause) => away(res, cause) });
}

export interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Absent: streamed from the request. */
  readonly body?: Buffer;
  /** Told once when no answer began, and whether it was said there that the request is being acted upon (RFC 2518 §10.1). */
  failed(cause: Error, taken: boolean): void;
}

/** Asks the same there; the answer goes to `res`. Never throws. */
export function ask(base: string, asked: Asked): void {
  const { req, body } = asked;
  try {
    const upstream = begin(new URL(base), req, body);
    follow(upstream, asked);
    if (body) upstream.end(body);
    else req.pipe(upstream);
  } catch (cause) {
    asked.failed(cause as Error, false);
  }
}

function begin(url: URL, req: IncomingMessage, body: Buffer | undefined): ClientRequest {
  const headers = endToEnd(req.rawHeaders).filter(([name]) => !ours.has(name.toLowerCase()));
  const upstream = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    method: req.method,
    path: req.url,
    headers: ['host', url.host, ...framing(req, body), ...headers.flat()],
    timeout: silence,
  });
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return;
    const late = setTimeout(() => upstream.destroy(Object.assign(new Error('nobody is there'), { code: 'ETIMEDOUT' })), connecting);
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(late));
  });
  return upstream;
}

/** Said anew on every connection. */
const ours = new Set(['host', 'content-length']);

/**
 * How the body ends, always said: Node.js sends that of a GET or DELETE as it is where nothing was, and whoever reads it takes it for the next
 * request (RFC 9112 §11.2).
 */
function framing({ headers }: IncomingMessage, body: Buffer | undefined): [name: string, value: string] {
  if (body) return ['content-length', String(body.length)];
  if (headers['transfer-encoding'] !== undefined) return ['transfer-encoding', 'chunked'];
  return ['content-length', headers['content-length'] ?? '0'];
}

function follow(upstream: ClientRequest, { res, failed }: Asked): void {
  let taken = false;
  let settled = false;
  const fail = (cause: Error): void => {
    if (settled) return;
    settled = true;
    failed(cause, taken);
  };
  upstream.on('information', ({ statusCode }) => (taken ||= statusCode === 102));
  upstream.once('response', (answer) => {
    try {
      res.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders).flat());
    } catch (cause) {
      // No answer that anybody could be given, such as one with a status of 99.
      fail(cause as Error);
      return void upstream.destroy();
    }
    settled = true;
    answer.on('error', () => res.destroy());
    answer.pipe(res);
  });
  upstream.once('timeout', () => upstream.destroy(new Error('silent')));
  upstream.on('error', fail);
  const leave = (): void => void upstream.destroy();
  res.once('close', leave);
  upstream.once('close', () => {
    res.off('close', leave);
    // Node.js says nothing more about one that was answered with another protocol.
    fail(new Error('closed without an answer'));
  });
}

/** Nobody there can answer. */
export function away(res: ServerResponse, cause: unknown): void {
  if (res.headersSent || res.destroyed) return void res.destroy();
  answerHere(res, new OAuthError('temporarily_unavailable', { refusal: 'service_unavailable', retryAfter: 1, cause }));
}
