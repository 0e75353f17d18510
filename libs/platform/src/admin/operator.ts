import type { NotRevoked } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';
import type { ServiceRequest } from '../http/request.js';
import type { PublicKey, ServiceName } from '../keys/key-ring.js';
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
 * The operator on whose behalf the enforcement point forwards this request. The scope is judged here again: a route table that is wrong
 * in one place opens nothing. @throws OAuthError `invalid_token` (401), `insufficient_scope` (403)
 */
export function operatorOf(request: ServiceRequest, scope: string, deps: OperatorDeps): Caller {
  const { service, caller } = verifyCaller({
    header: request.headers[callerHeaderName],
    to: deps.service,
    method: request.method,
    path: request.url.split('?', 1)[0] ?? '',
    keys: (from, kid) => deps.keys(from, kid),
    now: deps.now(),
  });
  if (service !== 'gateway' || !caller) throw new OAuthError('invalid_token', { refusal: 'caller_not_gateway', scheme: 'DPoP' });
  if (!caller.scope.includes(scope)) throw new OAuthError('insufficient_scope', { refusal: 'scope_missing', scheme: 'DPoP' });
  return caller;
}

/** What an operator's act rests on: its client, its key and the grant of its token, none of which may have ended. */
export const operatorKeys = (caller: Caller): readonly NotRevoked[] => [
  { kind: 'agent', id: caller.clientId },
  { kind: 'grant', id: caller.grantId },
  ...(caller.jkt === undefined ? [] : [{ kind: 'instance' as const, id: caller.jkt }]),
  ...(caller.iatId === undefined ? [] : [{ kind: 'iat' as const, id: caller.iatId }]),
];
