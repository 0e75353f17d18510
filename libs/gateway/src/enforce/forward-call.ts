import { type Caller, callerHeader, callerHeaderName, forward, type ServiceName, type SigningKey, type Target } from '@chancery/platform';
import type { Call, Exchange } from './call.js';
import { stripHeaders } from './strip-headers.js';

export interface ForwardDeps {
  readonly services: Readonly<Partial<Record<ServiceName, Target>>>;
  /** This gateway's own key, for its word to the services. Throws when there is none. */
  readonly serviceKey: () => SigningKey;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
}

/**
 * Prepares the way to the API behind, and goes it when told. What the caller may not say is taken out, the path is the one that was judged,
 * and a service of ours is told on whose behalf (GW-14 to GW-16). @throws when a service is not there or nothing can be signed for it
 */
export function forwardCall(call: Call, target: { path: string; query: string }, deps: ForwardDeps): (exchange: Exchange) => void {
  const { match, path = '' } = call;
  const upstream = match?.operation.upstream ?? match?.route.upstream;
  if (upstream === undefined) throw new Error('a call without a route goes nowhere');
  const to = 'service' in upstream ? deps.services[upstream.service] : upstream.target;
  if (to === undefined) throw new Error('this service is not connected');
  const set = 'service' in upstream ? { [callerHeaderName]: wordFor(call, upstream.service, deps) } : {};
  return ({ req, res }) => {
    stripHeaders(req);
    req.url = `${path}${target.query}`;
    forward({ target: to, req, res, set });
  };
}

const wordFor = (call: Call, to: ServiceName, { serviceKey, now }: ForwardDeps): string => {
  const caller = callerOf(call);
  return callerHeader({
    from: 'gateway',
    to,
    key: serviceKey(),
    method: call.method,
    path: call.path ?? '',
    ...(caller && { caller }),
    outside: { requestId: call.requestId, source: call.source },
    now: now(),
  });
};

function callerOf({ token }: Call): Caller | undefined {
  if (token === undefined) return undefined;
  const { claims, scope, kid } = token;
  return {
    clientId: claims.client_id,
    scope,
    grantId: claims.grant_id,
    ...(claims.cnf && { jkt: claims.cnf.jkt }),
    jti: claims.jti,
    iat: claims.iat,
    kid,
    profile: claims.sub_profile,
    ...(claims.iat_id !== undefined && { iatId: claims.iat_id }),
  };
}
