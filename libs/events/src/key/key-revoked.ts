import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** A signing key was compromised or lost: it left the key set at once, and nothing it signed is honoured, for ever (META-08). */
export const keyRevoked = defineEvent({
  type: 'key.revoked',
  fence: true,
  schema: { purpose: id, kid: z.string().min(1).max(128), reason, by },
  revokes: ({ kid }) => [{ kind: 'key', id: kid }],
});
