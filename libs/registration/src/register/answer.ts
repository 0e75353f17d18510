import type { KnownAgent } from '@chancery/domain';
import { formatScope } from '@chancery/oauth';

/** A registration to be shown, with the credentials that may be. */
export interface Shown {
  readonly event: Omit<KnownAgent, 'status'> & { readonly status?: KnownAgent['status'] };
  /** The registration access token that was made or shown just now. */
  readonly rat: string;
  /** Where it is made, and nowhere else (MGT-01). */
  readonly secret?: string | undefined;
}

/** RFC 7591 §3.2.1, RFC 7592 §3: everything as it is registered, after defaults and replacements (DCR-02, DCR-03). */
export function answer({ event, rat, secret }: Shown, issuer: string): Record<string, unknown> {
  return {
    client_id: event.agentId,
    client_id_issued_at: event.registeredAt,
    ...(secret !== undefined && { client_secret: secret }),
    // A secret ends with its registration; 0 would mean never.
    ...(event.secretHash !== undefined && { client_secret_expires_at: event.leaseEndsAt ?? 0 }),
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
    ...(isPending(event) && { approval_pending: true }),
    lease_expires_at: event.leaseEndsAt,
    registration_access_token: rat,
    registration_client_uri: `${issuer}/register/${event.agentId}`,
  };
}

/** As it was registered, or as it stands now. */
const isPending = ({ status, awaitsApproval }: Shown['event']): boolean =>
  status === undefined ? awaitsApproval === true : status === 'pending';
