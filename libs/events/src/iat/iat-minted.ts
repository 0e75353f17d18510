import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, reason, secretHash, seconds } from '../fields.js';

/** An initial access token was minted for a class: it opens `uses` registrations until `expiresAt`. */
export const iatMinted = defineEvent({
  type: 'iat.minted',
  schema: {
    iatId: id,
    class: id,
    uses: z.number().int().min(1).max(10_000),
    expiresAt: seconds,
    tokenHash: secretHash,
    note: reason.exactOptional(),
    by,
  },
});
