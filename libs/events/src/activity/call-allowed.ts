import { defineEvent } from '../define-event.js';
import { callFields } from './fields.js';

/** A gateway let a call through to the API behind it. */
export const callAllowed = defineEvent({ type: 'activity.allowed', schema: callFields });
