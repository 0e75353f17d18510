import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** An operator let in an agent whose class makes it wait: from now on it may act. */
export const agentApproved = defineEvent({
  type: 'agent.approved',
  schema: { agentId: id, reason, by },
});
