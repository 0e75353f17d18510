import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { by, scope, uri } from '../fields.js';

/** A protected resource is registered under this identifier, with the scopes that mean something there. */
export const resourceDefined = defineEvent({
  type: 'config.resource-defined',
  fence: true,
  schema: { resource: uri, name: z.string().min(1).max(128), scope, by },
});
