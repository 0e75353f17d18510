import { formatScope } from '@chancery/oauth';
import type { RegistrationAnswer } from './register.js';

/** RFC 7591 §3.2.1: everything as it was registered, after defaults and replacements (DCR-02, DCR-03). */
export function answer({ event, issuedAt, secret }: RegistrationAnswer): Record<string, unknown> {
  return {
    client_id: event.agentId,
    client_id_issued_at: issuedAt,
    // A secret ends with its registration; 0 would mean never.
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: event.leaseEndsAt ?? 0 }),
    ...(event.name !== undefined && { client_name: event.name }),
    token_endpoint_auth_method: event.authMethod,
    ...(event.signingAlg !== undefined && { token_endpoint_auth_signing_alg: event.signingAlg }),
    grant_types: event.grantTypes,
    response_types: [],
    scope: formatScope(event.scope),
    ...(event.jwks && { jwks: { keys: event.jwks } }),
    ...(event.jwksUri !== undefined && { jwks_uri: event.jwksUri }),
    dpop_bound_access_tokens: event.dpopBound,
    client_profile: event.profile,
    // Not of RFC 7591: without it nobody would know why no token is given.
    ...(event.awaitsApproval && { approval_pending: true }),
    lease_expires_at: event.leaseEndsAt,
  };
}
