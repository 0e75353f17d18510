import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { decimal, id } from '../fields.js';

/** A gateway holds every revocation through `appliedThrough`. It updates the list of gateways and enters neither log nor roll. */
export const gatewayAcknowledged = defineEvent({
  type: 'gateway.acknowledged',
  schema: {
    gateway: id,
    run: id,
    /** T of the last heartbeat it is complete through, in microseconds by the database's clock. */
    appliedThrough: z.number().int().nonnegative(),
    entries: z.number().int().nonnegative(),
    /**
     * Of the latest event whose revocation it has applied, which may be ahead of `appliedThrough`: that one is in force here. Entries may
     * overtake each other, so it does not speak for every one before it.
     */
    position: decimal.exactOptional(),
  },
});
