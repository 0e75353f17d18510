import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id, thumbprint } from '../fields.js';

/** A service refused a request of somebody it had authenticated, or who showed a credential we once issued. */
export const requestRefused = defineEvent({
  type: 'activity.refused',
  schema: {
    service: id,
    endpoint: z.string().max(128),
    requestId: id,
    reason: z.string().max(64),
    error: z.string().max(64),
    status: z.number().int().min(400).max(599),
    agent: id.exactOptional(),
    instance: thumbprint.exactOptional(),
    grant: id.exactOptional(),
    /** The initial access token that was shown and is one of ours. */
    iat: id.exactOptional(),
    source: z.string().max(64).exactOptional(),
  },
});
