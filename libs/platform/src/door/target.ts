import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { OAuthError } from '@chancery/oauth';
import { doorBody, type DoorRequest } from '../http/door-request.js';
import { answerHere } from './answer-here.js';
import { endToEnd } from './hop-by-hop.js';
import { removeOwnHeaders, setOwnHeader } from './own-headers.js';

/** Where a service is: in this process, or at an address of its own. */
export type Target = { handle(req: IncomingMessage, res: ServerResponse): void } | { readonly url: string };

export interface Forwarded {
  readonly target: Target;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The body, where it was read already. */
  readonly body?: Buffer;
  /** Headers of ours for the service; whatever the request said under these names is gone. */
  readonly set?: Readonly<Record<string, string>>;
}

/** Hands a request to a service, which answers it. Never throws: a service that cannot be reached is answered 503 here. */
export function forward({ target, req, res, body, set = {} }: Forwarded): void {
  removeOwnHeaders(req);
  for (const [name, value] of Object.entries(set)) setOwnHeader(req, name, value);
  if (body) (req as DoorRequest)[doorBody] = body;
  if ('handle' in target) target.handle(req, res);
  else proxy(target.url, req, res);
}

/** Milliseconds in which a service must say something: longer than the longest poll of the feed. */
const silence = 60_000;

function proxy(base: string, req: IncomingMessage, res: ServerResponse): void {
  const body = (req as DoorRequest)[doorBody];
  const url = new URL(base);
  const headers = endToEnd(req.rawHeaders).filter(([name]) => name.toLowerCase() !== 'host');
  const upstream = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    method: req.method,
    path: req.url,
    headers: ['host', url.host, ...headers.flat()],
    timeout: silence,
  });
  const away = (cause: unknown) => {
    if (res.headersSent || res.destroyed) return void res.destroy();
    answerHere(res, new OAuthError('temporarily_unavailable', { refusal: 'service_unavailable', retryAfter: 1, cause }));
  };
  upstream.once('response', (answer) => {
    res.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders).flat());
    answer.once('error', away);
    answer.pipe(res);
  });
  upstream.once('timeout', () => upstream.destroy(new Error('silent')));
  upstream.once('error', away);
  res.once('close', () => upstream.destroy());
  if (body) upstream.end(body);
  else req.pipe(upstream);
}
