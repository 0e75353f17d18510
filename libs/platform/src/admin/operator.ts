import type { NotRevoked } from '@chancery/eventstore';
import { instanceOf } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import type { ServiceRequest } from '../http/request.js';
import type { PublicKey, ServiceName } from '../keys/key-ring.js';
import { attribute } from '../refusals/attribution.js';
import { type Caller, callerHeaderName } from '../service-auth/caller.js';
import { verifyCaller } from '../service-auth/verify-caller.js';

export interface OperatorDeps {
  /** This service: a header for another one is none. */
  readonly service: ServiceName;
  keys(service: ServiceName, kid: string): PublicKey | undefined;
  /** Seconds, by the database's clock. */
  now(): number;
}

/**
 * That an enforcement point calls, and on whose behalf, if anybody's: services say who they are to each other, wherever they run.
 * @throws OAuthError `invalid_token` (401)
 */
export function calledByGateway(request: ServiceRequest, deps: OperatorDeps): Caller | undefined {
  const { service, caller, outside } = verifyCaller({
    header: request.headers[callerHeaderName],
    to: deps.service,
    method: request.method,
    path: request.url.split('?', 1)[0] ?? '',
    keys: (from, kid) => deps.keys(from, kid),
    now: deps.now(),
  });
  if (service !== 'gateway') throw notGateway();
  // Its word for whoever stands at the public door says where a request came from, and opens nothing that is for gateways alone (ADR 0018).
  if (outside && !caller) throw new OAuthError('invalid_token', { refusal: 'caller_missing', unauthenticated: true });
  return caller;
}

const notGateway = (): OAuthError => new OAuthError('invalid_token', { refusal: 'caller_not_gateway', scheme: 'DPoP' });

/**
 * The operator on whose behalf the enforcement point forwards this request. The scope is judged here again: a route table that is wrong
 * in one place opens nothing. @throws OAuthError `invalid_token` (401), `insufficient_scope` (403)
 */
export function operatorOf(request: ServiceRequest, scope: string, deps: OperatorDeps): Caller {
  const caller = calledByGateway(request, deps);
  if (!caller) throw notGateway();
  // Whatever this request is refused from here on is about the operator.
  attribute(request, { agent: caller.clientId, instance: caller.jkt, grant: caller.grantId });
  if (!caller.scope.includes(scope)) throw new OAuthError('insufficient_scope', { refusal: 'scope_missing', scheme: 'DPoP' });
  return caller;
}

/**
 * What an operator's act rests on, none of which may have ended since its token was issued: its client, its key, its IAT, the token's grant
 * and the key that signed the token. Whoever was suspended and resumed meanwhile asks for a new token first.
 */
export function operatorKeys({ clientId, grantId, kid, jkt, iatId, iat: since }: Caller): readonly NotRevoked[] {
  return [
    { kind: 'agent', id: clientId, since },
    { kind: 'grant', id: grantId, since },
    { kind: 'key', id: kid, since },
    ...(jkt === undefined
      ? []
      : [
          { kind: 'instance' as const, id: jkt, since },
          { ...instanceOf(clientId, jkt), since },
        ]),
    ...(iatId === undefined ? [] : [{ kind: 'iat' as const, id: iatId, since }]),
  ];
}
