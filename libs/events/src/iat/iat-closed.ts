import { defineEvent } from '../define-event.js';
import { by, id, reason } from '../fields.js';

/** An initial access token opens no further registration; what came from it lives on. */
export const iatClosed = defineEvent({
  type: 'iat.closed',
  fence: true,
  schema: { iatId: id, reason, by },
});
