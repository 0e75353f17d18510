import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** An initial access token and everything that came from it ended: its agents, their grants and tokens. */
export const iatRevoked = defineEvent({
  type: 'iat.revoked',
  fence: true,
  schema: { iatId: id, reason, by },
  revokes: ({ iatId }) => [{ kind: 'iat', id: iatId }],
});
