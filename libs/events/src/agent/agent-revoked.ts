import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** An agent ended for good, with every grant it holds and everything exchanged from them. */
export const agentRevoked = defineEvent({
  type: 'agent.revoked',
  fence: true,
  schema: { agentId: id, reason, by },
  revokes: ({ agentId }) => [{ kind: 'agent', id: agentId }],
});
