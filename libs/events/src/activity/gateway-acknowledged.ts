import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id } from '../fields.js';

/** A gateway holds every revocation through `appliedThrough`. It updates the list of gateways and enters neither log nor roll. */
export const gatewayAcknowledged = defineEvent({
  type: 'gateway.acknowledged',
  schema: {
    gateway: id,
    run: id,
    /** T of the last heartbeat it is complete through, in microseconds by the database's clock. */
    appliedThrough: z.number().int().nonnegative(),
    entries: z.number().int().nonnegative(),
  },
});
