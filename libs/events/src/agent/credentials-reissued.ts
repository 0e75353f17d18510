import { defineEvent } from '../define-event.js';
import { by, id, secretHash } from '../fields.js';

/**
 * The answer to a registration was lost, and asked for again by whoever holds the agent's key: it has a fresh registration access token and, where
 * it has a secret, a fresh one. The first ones are dead.
 */
export const credentialsReissued = defineEvent({
  type: 'agent.credentials-reissued',
  fence: true,
  schema: { agentId: id, ratHash: secretHash, secretHash: secretHash.exactOptional(), by },
});
