import { OAuthError } from '@chancery/oauth';
import type { OperatorDeps } from '../admin/operator.js';
import type { Health } from '../health/health.js';
import { answerHeaders } from '../http/answer-headers.js';
import { type DoorRequest, doorRequestId, doorSource } from '../http/door-request.js';
import { noteRefusal } from '../http/note-refusal.js';
import type { ServiceApp } from '../http/service.js';
import { sourceOf } from '../http/source-of.js';
import { wireError } from '../http/wire-error.js';
import type { Log } from '../logs/log.js';
import type { Refusal, Refusals } from '../refusals/refusals.js';
import { callerHeaderName } from '../service-auth/caller.js';
import { verifyCaller } from '../service-auth/verify-caller.js';
import { answerHere } from './answer-here.js';
import type { Begun } from './broken-connections.js';
import { checkExpectation } from './expectation.js';
import { answerHealth } from './health-endpoint.js';
import { type Door, doorLimits, openListener } from './listener.js';
import { pathOfRequest } from './request-line.js';

export interface ServiceDoorOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly service: ServiceApp;
  /** By whose word a request comes in. */
  readonly callers: OperatorDeps;
  readonly health: Health;
  readonly log: Log;
  readonly refusals: Refusals;
}

/** The door of one service, for the gateway alone (ADR 0018). Throws a ConfigError naming `CHANCERY_PORT` when it cannot listen. */
export function openServiceDoor(options: ServiceDoorOptions): Promise<Door> {
  const { host, port } = options;
  return openListener({
    host,
    port,
    limits: doorLimits,
    answer: (begun) => answer(begun, options),
    note: (refusal) => note(refusal, options),
  });
}

/** RFC 9110 §9.2.1. */
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS']);

async function answer(begun: Begun, options: ServiceDoorOptions): Promise<void> {
  const { req, res } = begun;
  for (const [name, value] of Object.entries(answerHeaders)) res.setHeader(name, value);
  res.setHeader('x-request-id', begun.requestId);
  try {
    const path = pathOfRequest(req, doorLimits.headerFields);
    checkExpectation(req);
    if (await answerHealth(path, options.health, begun)) return;
    admit(begun, path, options);
    // Whoever hears this does not ask another replica in our place: what follows is done once (RFC 2518 §10.1).
    if (!repeatable.has(req.method ?? '') && req.httpVersionMinor > 0) res.writeProcessing();
    options.service.handle(req, res);
  } catch (thrown) {
    const error = wireError(thrown);
    note({ error, requestId: begun.requestId, source: sourceOf(req), endpoint: begun.endpoint }, options);
    if (res.headersSent || res.destroyed) return void res.destroy();
    answerHere(res, error);
  }
}

/** @throws OAuthError 401 for a request without the gateway's word for exactly this one */
function admit({ req, res, requestId }: Begun, path: string, { callers }: ServiceDoorOptions): void {
  const { service: by, outside } = verifyCaller({
    header: req.headersDistinct[callerHeaderName],
    to: callers.service,
    method: req.method ?? '',
    path,
    keys: (from, kid) => callers.keys(from, kid),
    now: callers.now(),
  });
  if (by !== 'gateway') throw new OAuthError('invalid_token', { refusal: 'caller_not_gateway' });
  const request = req as DoorRequest;
  request[doorRequestId] = outside?.requestId ?? requestId;
  if (outside) res.setHeader('x-request-id', outside.requestId);
  if (outside) request[doorSource] = outside.source;
}

const note = (refusal: Refusal, { log, refusals }: ServiceDoorOptions): void => noteRefusal(refusal, { log, refusals });
