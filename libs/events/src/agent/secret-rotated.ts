import { defineEvent } from '../define-event.js';
import { by, id, newRat, secretHash, seconds } from '../fields.js';

/** An agent has a new secret. The one it had works until `previousSecretEndsAt`; one from before that is dead. */
export const secretRotated = defineEvent({
  type: 'agent.secret-rotated',
  fence: true,
  schema: { agentId: id, secretHash, previousSecretEndsAt: seconds, ...newRat, by },
});
