import type { RegisterRefusal } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import { unauthorized } from './initial-access-token.js';

/** What is wrong with the metadata, in words a developer can act on; what is wrong with the IAT looks all the same (IAT-02). */
const metadataRefusals = {
  auth_method_not_allowed: 'token_endpoint_auth_method is not allowed by this class',
  keys_missing: 'jwks is missing',
  grant_not_allowed: 'grant_types has one that is not allowed by this class',
  scope_not_allowed: 'nothing of scope is allowed by this class',
  binding_required: 'dpop_bound_access_tokens must be true in this class',
  profile_not_allowed: 'client_profile contradicts this class',
} as const satisfies Partial<Record<RegisterRefusal, string>>;

const iatRefusals = {
  iat_unknown: true,
  iat_closed: true,
  iat_revoked: true,
  iat_expired: true,
  iat_exhausted: true,
  class_unknown: true,
  agent_exists: true,
} as const satisfies Record<Exclude<RegisterRefusal, keyof typeof metadataRefusals>, true>;

export function refusedRegistration(refusal: RegisterRefusal): OAuthError {
  if (refusal in iatRefusals) return unauthorized(refusal);
  return new OAuthError('invalid_client_metadata', { refusal, description: metadataRefusals[refusal as keyof typeof metadataRefusals] });
}
