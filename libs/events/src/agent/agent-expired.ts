import { defineEvent } from '../define-event.js';
import { by, id, seconds } from '../fields.js';

/** An agent's lease ended without a renewal. Since that second it could do nothing, recorded or not; in its grace it can be renewed. */
export const agentExpired = defineEvent({
  type: 'agent.expired',
  // No fence, and no entry in the revocation set: whoever decided before it knew the end of the lease, and gave nothing beyond it.
  schema: {
    agentId: id,
    /** Seconds, exclusive: the end that has come. */
    leaseEndsAt: seconds,
    by,
  },
});
