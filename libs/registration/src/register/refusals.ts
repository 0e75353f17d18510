import type { MetadataRefusal, RegisterRefusal } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import { unauthorized } from '../opaque-token.js';

/**
 * What is wrong with the metadata, in words a developer can act on. Where there are none it is the IAT that does not do, and that looks all the
 * same (IAT-02).
 */
const descriptions = {
  auth_method_not_allowed: 'token_endpoint_auth_method is not allowed by this class',
  key_not_allowed: 'jwks has a key of an algorithm or size that is not allowed by this class',
  keys_missing: 'jwks or jwks_uri is missing',
  keys_in_two_places: 'jwks and jwks_uri exclude each other',
  grant_not_allowed: 'grant_types has one that is not allowed by this class',
  scope_not_allowed: 'nothing of scope is allowed by this class',
  binding_required: 'dpop_bound_access_tokens must be true in this class',
  profile_not_allowed: 'client_profile contradicts this class',
  class_full: 'this class has as many agents as it may have',
  registrations_too_many: 'this class has opened as many registrations this hour as it may',
  iat_unknown: undefined,
  iat_closed: undefined,
  iat_revoked: undefined,
  iat_expired: undefined,
  iat_exhausted: undefined,
  class_unknown: undefined,
  audience_not_allowed: undefined,
  agent_exists: undefined,
} as const satisfies Record<RegisterRefusal, string | undefined>;

/** `at`: seconds, when it was decided. */
export function refusedRegistration(refusal: RegisterRefusal, at: number): OAuthError {
  // DCR-17: the hour ends, so it is no lasting no.
  if (refusal === 'registrations_too_many') return tooMany(refusal, 3_600 - (at % 3_600));
  const description = descriptions[refusal];
  return description === undefined ? unauthorized(refusal) : new OAuthError('invalid_client_metadata', { refusal, description });
}

const tooMany = (refusal: 'registrations_too_many', retryAfter: number): OAuthError =>
  new OAuthError('temporarily_unavailable', { refusal, status: 429, retryAfter, description: descriptions[refusal] });

/** What is wrong with the agent that would be, in the words of the table. */
export function refusedMetadata(refusal: MetadataRefusal): OAuthError {
  const description = descriptions[refusal];
  return new OAuthError('invalid_client_metadata', { refusal, ...(description !== undefined && { description }) });
}

/** Where a proof would say nothing that is judged it is refused, not ignored (WIRE-20). */
export function refuseProof(proof: string | readonly string[] | undefined): void {
  if (proof === undefined) return;
  throw new OAuthError('invalid_dpop_proof', { refusal: 'proof_not_supported', description: 'a proof is not accepted here' });
}
