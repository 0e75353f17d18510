import { defineEvent } from '../define-event.js';
import { callFields } from './fields.js';

/** A gateway refused a call; the API behind it never saw it. */
export const callDenied = defineEvent({ type: 'activity.denied', schema: callFields });
