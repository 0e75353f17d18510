import type { IssueRefusal } from '@chancery/domain';
import type { RefusalTable } from '@chancery/platform';

/** What the wire says for each decided no. A reason without a line here does not compile. */
export const refusals = {
  // One answer for five reasons: whoever probes learns nothing about an agent. The record keeps the true one.
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
  proof_missing: ['invalid_request', 'a DPoP proof is required'],
  audience_ambiguous: ['invalid_target', 'resource is required'],
  audience_not_allowed: 'invalid_target',
  scope_exceeds_agent: 'invalid_scope',
  scope_empty: 'invalid_scope',
} as const satisfies RefusalTable<IssueRefusal>;
