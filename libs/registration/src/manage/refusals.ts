import type { GoneRefusal, ManageRefusal } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import { unauthorized } from '../opaque-token.js';
import { refusedMetadata } from '../register/refusals.js';

const gone: Readonly<Record<GoneRefusal, true>> = {
  agent_unknown: true,
  agent_revoked: true,
  agent_deleted: true,
  iat_revoked: true,
  grace_over: true,
  rat_superseded: true,
};

const isGone = (refusal: ManageRefusal): refusal is GoneRefusal => Object.hasOwn(gone, refusal);

/** A decided no on its way out: what is gone looks like what never was (MGT-02), everything else the agent can mend or must wait for. */
export function refusedManagement(refusal: ManageRefusal): OAuthError {
  if (isGone(refusal)) return unauthorized(refusal);
  switch (refusal) {
    case 'agent_suspended':
      return new OAuthError('access_denied', { refusal, description: 'the agent is suspended' });
    case 'agent_pending':
      return new OAuthError('access_denied', { refusal, description: 'the registration waits for approval' });
    case 'changes_too_many':
      return new OAuthError('temporarily_unavailable', {
        refusal,
        status: 429,
        retryAfter: 60,
        description: 'the registration changed too often',
      });
    case 'lease_expired':
      return new OAuthError('access_denied', { refusal, description: 'the lease is over: renew the registration first' });
    case 'class_unknown':
      return new OAuthError('access_denied', { refusal, description: 'the class of this agent is gone' });
    case 'secret_not_used':
      return new OAuthError('invalid_client_metadata', { refusal, description: 'token_endpoint_auth_method has no secret' });
    default:
      return refusedMetadata(refusal);
  }
}
