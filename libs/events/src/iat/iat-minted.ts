import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, reason, scope, secretHash, seconds, thumbprint, uri } from '../fields.js';

/** An initial access token was minted for a class: it opens `uses` registrations until `expiresAt`. */
export const iatMinted = defineEvent({
  type: 'iat.minted',
  schema: {
    iatId: id,
    class: id,
    uses: z.number().int().min(1).max(10_000),
    expiresAt: seconds,
    tokenHash: secretHash,
    /** The key it is bound to: without a proof by it, the token opens nothing. Absent: bearer. */
    jkt: thumbprint.exactOptional(),
    /** What its class granted then, or less: the most that a registration gets, however the class is widened later. */
    scope: scope.exactOptional(),
    audiences: z.array(uri).min(1).max(64).exactOptional(),
    /** Who answers for what comes of it, for people. */
    owner: z.string().min(1).max(128).exactOptional(),
    note: reason.exactOptional(),
    by,
  },
});
