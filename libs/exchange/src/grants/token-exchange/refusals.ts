import type { ExchangeRefusal } from '@chancery/domain';
import type { RefusalTable } from '@chancery/platform';

/** What the wire says for each decided no. A reason without a line here does not compile. */
export const refusals = {
  agent_unknown: 'invalid_client',
  agent_pending: 'invalid_client',
  agent_suspended: 'invalid_client',
  agent_revoked: 'invalid_client',
  agent_deleted: 'invalid_client',
  lease_expired: 'invalid_client',
  // Authenticated, by a method or with a key its class no longer takes.
  auth_method_not_allowed: 'unauthorized_client',
  key_not_allowed: 'unauthorized_client',
  grant_not_allowed: 'unauthorized_client',
  // One code and one body for everything that is wrong with a subject token (EXC-06).
  not_entitled: 'invalid_request',
  actor_required: 'invalid_request',
  subject_expired: 'invalid_request',
  lineage_too_deep: 'invalid_request',
  proof_missing: ['invalid_request', 'a DPoP proof is required'],
  binding_missing: 'invalid_dpop_proof',
  binding_mismatch: 'invalid_dpop_proof',
  audience_exceeds_parent: 'invalid_target',
  audience_not_allowed: 'invalid_target',
  scope_exceeds_parent: 'invalid_scope',
  scope_empty: 'invalid_scope',
} as const satisfies RefusalTable<ExchangeRefusal>;
