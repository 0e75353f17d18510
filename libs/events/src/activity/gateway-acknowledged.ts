import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { decimal, id } from '../fields.js';

/** A gateway holds every revocation through `appliedThrough`. It updates the list of gateways and enters neither log nor roll. */
export const gatewayAcknowledged = defineEvent({
  type: 'gateway.acknowledged',
  schema: {
    gateway: id,
    run: id,
    /** T of the last heartbeat that spoke of the very set it holds, in microseconds by the database's clock; 0 before there was one. */
    appliedThrough: z.number().int().nonnegative(),
    entries: z.number().int().nonnegative(),
    /**
     * Of an event whose revocation it has just applied, which may be ahead of `appliedThrough`: that one is in force here. Entries may
     * overtake each other, so it does not speak for those before it.
     */
    position: decimal.exactOptional(),
    /** Seconds: the longest budget of its routes. One that hears nothing denies everything that much after the T it is complete through. */
    budget: z.number().int().nonnegative().exactOptional(),
  },
});
