import { defineEvent } from '../define-event.js';
import { by, id, seconds } from '../fields.js';

/** An agent's lease was about to end, and nobody had renewed it: said once of a lease, ahead of its end. */
export const expiryWarned = defineEvent({
  type: 'agent.expiry-warned',
  schema: {
    agentId: id,
    /** Seconds, exclusive: the end that is near. */
    leaseEndsAt: seconds,
    by,
  },
});
