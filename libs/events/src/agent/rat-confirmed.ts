import { defineEvent } from '../define-event.js';
import { by, id } from '../fields.js';

/** An agent used its newest registration access token: it has arrived, and the one before it reads no more (MGT-07). */
export const ratConfirmed = defineEvent({
  type: 'agent.rat-confirmed',
  fence: true,
  schema: { agentId: id, by },
});
