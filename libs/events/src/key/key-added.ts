import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, id, publicJwk, seconds } from '../fields.js';

/** A signing key was made and its public part published; it signs nothing yet. */
export const keyAdded = defineEvent({
  type: 'key.added',
  schema: { purpose: id, kid: z.string().min(1).max(128), alg: z.enum(['ES256', 'Ed25519']), jwk: publicJwk, publishedAt: seconds, by },
});
