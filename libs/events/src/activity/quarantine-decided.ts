import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, decimal, id, reason } from '../fields.js';

/** An operator decided about records in quarantine: those of a key are tried again, or one is given up for good. */
export const quarantineDecided = defineEvent({
  type: 'activity.quarantine-decided',
  schema: {
    by,
    act: z.enum(['retry', 'drop']),
    /** Why one is given up. */
    reason: reason.exactOptional(),
    /** The consumers that could not handle it. */
    group: id,
    topic: z.string().min(1).max(64),
    /** What is tried again: everything of this key that waits. Of one that is given up: the key that it held back. */
    key: z.string().min(1).max(512),
    /** The place in quarantine of the one that is given up. */
    entry: decimal.exactOptional(),
    /** The record that is given up, as whoever made it named it. */
    record: z
      .strictObject({ id: z.string().min(1).max(128), source: z.string().min(1).max(512), type: z.string().min(1).max(128) })
      .exactOptional(),
  },
});
