import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** A mandate and everything derived from it ended: no token whose lineage names this grant is honoured again. */
export const grantRevoked = defineEvent({
  type: 'grant.revoked',
  fence: true,
  schema: { grantId: id, cause: z.enum(['client_request', 'operator']), reason: reason.exactOptional(), by },
  revokes: ({ grantId }) => [{ kind: 'grant', id: grantId }],
});
