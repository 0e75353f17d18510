import { OAuthError } from '@chancery/oauth';
import type { Health } from '../health/health.js';
import { answerHeaders } from '../http/answer-headers.js';
import { type DoorRequest, doorRequestId } from '../http/door-request.js';
import { noteRefusal } from '../http/note-refusal.js';
import { sourceOf } from '../http/source-of.js';
import { wireError } from '../http/wire-error.js';
import type { ServiceName } from '../keys/key-ring.js';
import type { Log } from '../logs/log.js';
import type { Refusal, Refusals } from '../refusals/refusals.js';
import { answerHere } from './answer-here.js';
import type { Begun } from './broken-connections.js';
import { answerCors } from './cors.js';
import { checkExpectation } from './expectation.js';
import { answerHealth } from './health-endpoint.js';
import { type Door, type DoorLimits, doorLimits, openListener } from './listener.js';
import { pathOfRequest } from './request-line.js';
import { type Route, routeOf, routes } from './routes.js';
import { serviceOf } from './service-of.js';
import { forward, type Target } from './target.js';

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

/** The public door. Throws a ConfigError naming `CHANCERY_PORT` when it cannot listen. */
export function openDoor(options: DoorOptions): Promise<Door> {
  const { host, port } = options;
  const limits = { ...doorLimits, ...options.limits };
  return openListener({ host, port, limits, answer: (begun) => answer(begun, limits, options), note: (refusal) => note(refusal, options) });
}

async function answer(begun: Begun, { headerFields }: DoorLimits, options: DoorOptions): Promise<void> {
  const { req, res, requestId } = begun;
  (req as DoorRequest)[doorRequestId] = requestId;
  for (const [name, value] of Object.entries(answerHeaders)) res.setHeader(name, value);
  res.setHeader('x-request-id', requestId);
  if (options.issuer.startsWith('https:')) res.setHeader('strict-transport-security', 'max-age=31536000');
  const refused = (error: OAuthError): void => note({ error, requestId, source: sourceOf(req), endpoint: begun.endpoint }, options);
  try {
    const path = pathOfRequest(req, headerFields);
    checkExpectation(req);
    const route = routeOf(options.routes ?? routes, path);
    begun.endpoint = route?.path ?? 'unknown';
    if (await answerHealth(path, options.health, { req, res })) return;
    if (!route) throw new OAuthError('invalid_request', { refusal: 'path_unknown', status: 404 });
    if (answerCors(route, req, res)) return;
    const { by, body } = await serviceOf(route, req);
    forward({ target: options.targets[by], req, res, refused, ...(body && { body }) });
  } catch (thrown) {
    const error = wireError(thrown);
    refused(error);
    if (res.headersSent || res.destroyed) return void res.destroy();
    answerHere(res, error);
  }
}

const note = (refusal: Refusal, { log, refusals }: DoorOptions): void => noteRefusal(refusal, { log, refusals });
