import type { IncomingMessage } from 'node:http';
import { judgeAccessToken, OAuthError } from '@chancery/oauth';
import type { RequestTarget } from '../paths/normalize-path.js';
import type { Revocations } from '../revocations/revocations.js';
import { statedInBaggage } from './baggage.js';
import type { Call } from './call.js';
import { checkProof } from './check-proof.js';
import { type CheckTokenDeps, presentedToken, verifyToken } from './check-token.js';
import { judge } from './judge.js';
import type { compileRoutes } from './match-route.js';
import type { CallRecorder } from './record-call.js';
import { useProof, type UseProofDeps } from './use-proof.js';

export interface CheckCallDeps extends CheckTokenDeps, UseProofDeps {
  readonly match: ReturnType<typeof compileRoutes>;
  readonly revocations: Revocations;
  readonly recorder: Pick<CallRecorder, 'mustWork'>;
}

/** RFC 9110 §9.2.1. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * All that is decided about a call before it is let through: route, token, proof, revocations, scope, and that it can be recorded. What was verified
 * stands in `call` as soon as it was, so that a denial can be recorded with it. It uses the proof up; it forwards and records nothing.
 * @throws OAuthError for everything but a call that may pass
 */
export async function checkCall(
  call: Call,
  { req, target }: { req: IncomingMessage; target: RequestTarget },
  deps: CheckCallDeps,
): Promise<void> {
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
