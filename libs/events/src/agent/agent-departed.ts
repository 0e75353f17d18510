import { defineEvent } from '../define-event.js';
import { by, id, positive } from '../fields.js';

/** An agent that had ended, or whose lease and grace were over, left its class: it counts no longer among the live ones, and cannot come back. */
export const agentDeparted = defineEvent({
  type: 'agent.departed',
  // Whoever was about to renew it looks again.
  fence: true,
  schema: {
    agentId: id,
    class: id,
    /** How many have left the class by now, itself included. */
    departure: positive,
    by,
  },
});
