import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, reason, scope, secretHash, seconds, uri } from '../fields.js';

/** An initial access token was minted for a class: it opens `uses` registrations until `expiresAt`. */
export const iatMinted = defineEvent({
  type: 'iat.minted',
  schema: {
    iatId: id,
    class: id,
    uses: z.number().int().min(1).max(10_000),
    expiresAt: seconds,
    tokenHash: secretHash,
    /** What its class granted then: the most that a registration gets, however the class is widened later. */
    scope: scope.exactOptional(),
    audiences: z.array(uri).min(1).max(64).exactOptional(),
    note: reason.exactOptional(),
    by,
  },
});
