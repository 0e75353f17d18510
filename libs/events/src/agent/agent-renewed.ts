import { defineEvent } from '../define-event.js';
import { by, id, seconds } from '../fields.js';

/** An agent's lease goes on, to this exclusive end. */
export const agentRenewed = defineEvent({
  type: 'agent.renewed',
  schema: {
    agentId: id,
    leaseEndsAt: seconds,
    /** Exclusive end of the time in which it may be renewed again; absent: the lease's own end. */
    graceEndsAt: seconds.exactOptional(),
    by,
  },
});
