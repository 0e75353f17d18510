import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id, seconds } from '../fields.js';

/** So many requests without any verified credential were refused in one minute, for one reason, from one source. */
export const refusalsCounted = defineEvent({
  type: 'activity.refusals-counted',
  schema: {
    service: id,
    endpoint: z.string().max(128),
    source: z.string().max(64),
    reason: z.string().max(64),
    error: z.string().max(64),
    /** Start of the minute. */
    minute: seconds,
    count: z.number().int().positive(),
  },
});
