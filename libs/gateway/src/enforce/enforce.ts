import type { IncomingMessage, ServerResponse } from 'node:http';
import { judgeAccessToken, OAuthError } from '@chancery/oauth';
import { type Log, metrics, type Refusals } from '@chancery/platform';
import { normalizeTarget, type RequestTarget } from '../paths/normalize-path.js';
import type { Revocations } from '../revocations/revocations.js';
import { answer, asDenial, renderDenial } from './answer.js';
import { statedInBaggage } from './baggage.js';
import { beginCall, type Call, type Exchange } from './call.js';
import { checkProof } from './check-proof.js';
import { type CheckTokenDeps, presentedToken, verifyToken } from './check-token.js';
import { forwardCall, type ForwardDeps } from './forward-call.js';
import { holdAnswer } from './hold-answer.js';
import { judge } from './judge.js';
import type { compileRoutes } from './match-route.js';
import type { CallRecorder } from './record-call.js';
import type { resourceMetadata } from './resource-metadata.js';
import { useProof, type UseProofDeps } from './use-proof.js';

export interface EnforceDeps extends CheckTokenDeps, ForwardDeps, UseProofDeps {
  readonly match: ReturnType<typeof compileRoutes>;
  readonly metadata: ReturnType<typeof resourceMetadata>;
  readonly revocations: Revocations;
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
    await admit(call, { req, target }, deps);
    letThrough(call, { req, res }, forwardCall(call, target, deps), deps);
  } catch (thrown) {
    await deny(call, res, thrown, deps);
  }
}

/** RFC 9110 §9.2.1. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @throws OAuthError for everything but a call that may pass */
async function admit(call: Call, { req, target }: { req: IncomingMessage; target: RequestTarget }, deps: EnforceDeps): Promise<void> {
  const match = deps.match(call.method, target.path);
  call.match = match;
  // Without a clock nothing that ends can be judged.
  if (!Number.isFinite(deps.now())) throw new OAuthError('temporarily_unavailable', { refusal: 'not_ready', retryAfter: 1 });
  const { scheme, token } = presentedToken(req, target.query);
  call.scheme = scheme;

  const verified = await verifyToken(token, deps);
  // From here on every denial has a name: an ended token's too.
  call.token = verified;
  const stated = statedInBaggage(req);
  if (stated) call.baggage = stated;
  const now = deps.now();
  judgeAccessToken(verified, { audience: match.route.resource, now });
  const url = `${deps.issuer}${target.path}`;
  const proof = checkProof({ req, route: match.route, method: call.method, url, scheme, token, verified, now });
  if (proof) call.proof = proof;

  judge(verified, match, deps.revocations);
  // Before the API hears of it: what it then does could not be undone, and would stand nowhere.
  deps.recorder.mustWork(match.route, safe.has(call.method));
  // Last, so that a call that is refused uses nothing up.
  if (proof && (await useProof(proof, match.route, deps)) === 'asked') judge(verified, match, deps.revocations);
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
