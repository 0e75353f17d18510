import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, metrics, type Refusals } from '@chancery/platform';
import { normalizeTarget } from '../paths/normalize-path.js';
import { answer, asDenial, renderDenial } from './answer.js';
import { beginCall, type Call, type Exchange } from './call.js';
import { checkCall, type CheckCallDeps } from './check-call.js';
import { forwardCall, type ForwardDeps } from './forward-call.js';
import { holdAnswer } from './hold-answer.js';
import type { CallRecorder } from './record-call.js';
import type { resourceMetadata } from './resource-metadata.js';

export interface EnforceDeps extends CheckCallDeps, ForwardDeps {
  readonly metadata: ReturnType<typeof resourceMetadata>;
  readonly recorder: CallRecorder;
  readonly refusals: Refusals;
  readonly log: Log;
}

/** Every call goes this way: matched, checked, judged, recorded, let through; or denied. Never rejects. */
export async function enforce(req: IncomingMessage, res: ServerResponse, deps: EnforceDeps): Promise<void> {
  const call = beginCall(req);
  try {
    const target = normalizeTarget(req.url ?? '');
    call.path = target.path;
    if (deps.metadata(target.path, req, res)) return;
    await checkCall(call, { req, target }, deps);
    letThrough(call, { req, res }, forwardCall(call, target, deps), deps);
  } catch (thrown) {
    await deny(call, res, thrown, deps);
  }
}

function letThrough(call: Call, exchange: Exchange, goOn: (exchange: Exchange) => void, deps: EnforceDeps): void {
  holdAnswer(exchange.res, {
    record: (status) => deps.recorder.record(call, { decision: 'allowed', status }),
    instead(thrown) {
      const error = asDenial(thrown);
      deps.log.error({ requestId: call.requestId, reason: error.refusal, err: error.cause ?? error }, 'a call could not be recorded');
      answer(exchange.res, renderDenial(error, call));
    },
  });
  goOn(exchange);
}

async function deny(call: Call, res: ServerResponse, thrown: unknown, deps: EnforceDeps): Promise<void> {
  let error = asDenial(thrown);
  let rendering = renderDenial(error, call);
  if (error.status >= 500) {
    deps.log.warn(
      { requestId: call.requestId, reason: error.refusal, err: error.cause ?? error },
      'a call was denied because something is away',
    );
  }
  try {
    await recordDenial(call, { error, status: rendering.status }, deps);
  } catch (unrecorded) {
    error = asDenial(unrecorded);
    rendering = renderDenial(error, call);
  }
  answer(res, rendering);
}

/** With a verified token a denial is a record of its own; without one it is counted, so that noise fills nothing (rule R). */
async function recordDenial(call: Call, denial: { error: ReturnType<typeof asDenial>; status: number }, deps: EnforceDeps): Promise<void> {
  const { error, status } = denial;
  if (call.token === undefined) {
    const endpoint = call.match?.template ?? 'unknown';
    deps.refusals.record({ endpoint, error, requestId: call.requestId, source: call.source });
    return;
  }
  metrics.refusals.inc({ service: 'gateway', reason: error.refusal });
  await deps.recorder.record(call, { decision: 'denied', status, reason: error.refusal });
}
