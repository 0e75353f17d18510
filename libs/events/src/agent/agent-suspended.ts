import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** An agent was suspended: nothing is issued to it, and what was issued before is refused. It can be resumed. */
export const agentSuspended = defineEvent({
  type: 'agent.suspended',
  fence: true,
  schema: { agentId: id, reason, by },
  revokes: ({ agentId }) => [{ kind: 'agent', id: agentId }],
});
