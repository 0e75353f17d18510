import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { authMethod, by, grantType, id, profile, scope, seconds, uri } from '../fields.js';

/** An IAT class says this from now on. Narrowing one narrows each of its agents at its next token. */
export const classDefined = defineEvent({
  type: 'config.class-defined',
  // Any redefinition may narrow: whoever decided by the old one reads again.
  fence: true,
  schema: {
    class: id,
    profile,
    scope,
    audiences: z.array(uri).min(1).max(64),
    grantTypes: z.array(grantType).min(1).max(8),
    authMethods: z.array(authMethod).min(1).max(8),
    dpopRequired: z.boolean(),
    /** Seconds an access token lives, 300 to 900. */
    accessTokenLifetime: z.number().int().min(300).max(900),
    /** Seconds a registration lives. */
    lease: z.number().int().min(60).max(31_536_000),
    /** The most registrations one IAT of this class may open. */
    maxUses: z.number().int().min(1).max(10_000),
    /** The longest an IAT of this class may wait, in seconds. */
    maxIatLifetime: seconds.min(60),
    by,
  },
});
