import { defineEvent } from '../define-event.js';
import { by, id, thumbprint } from '../fields.js';
import { instanceOf } from '../revocation.js';

/** A key left an agent's registration: what was issued to the agent for it, and everything exchanged from that, ended. */
export const keyRemoved = defineEvent({
  type: 'agent.key-removed',
  fence: true,
  schema: { agentId: id, thumbprint, by },
  revokes: ({ agentId, thumbprint: key }) => [instanceOf(agentId, key)],
});
