import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** A suspended agent may be issued tokens again; those from before its suspension stay dead. */
export const agentResumed = defineEvent({
  type: 'agent.resumed',
  schema: { agentId: id, reason, by },
});
