import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** A registration ended for good, with its access token, every grant of the agent and everything exchanged from them. */
export const agentDeleted = defineEvent({
  type: 'agent.deleted',
  fence: true,
  schema: {
    agentId: id,
    /** The agent itself asked (RFC 7592 §2.3), or its lease ran out and its grace with it. */
    cause: z.enum(['client_request', 'lease_ended']),
    reason: reason.exactOptional(),
    by,
  },
  revokes: ({ agentId }) => [{ kind: 'agent', id: agentId }],
});
