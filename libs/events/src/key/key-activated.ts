import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, seconds } from '../fields.js';

/** A published key signs from now on; the one before it, if any, is retired: it verifies what it signed and signs no more. */
export const keyActivated = defineEvent({
  type: 'key.activated',
  schema: { purpose: id, kid: z.string().min(1).max(128), retires: z.string().min(1).max(128).exactOptional(), activatedAt: seconds, by },
});
