import { defineEvent } from '../define-event.js';
import { by, newRat } from '../fields.js';
import { agentRegistered } from './agent-registered.js';

const {
  iatId: _iatId,
  slot: _slot,
  class: _class,
  leaseEndsAt: _lease,
  graceEndsAt: _grace,
  admission: _admission,
  reason: _reason,
  registeredAt: _at,
  ...metadata
} = agentRegistered.schema.shape;

/**
 * An agent replaced its registration (RFC 7592 §2.2): this is all of it from now on, and a member that is not here is there no more. Its class,
 * its initial access token and its lease are what they were.
 */
export const registrationReplaced = defineEvent({
  type: 'agent.registration-replaced',
  fence: true,
  schema: { ...metadata, ...newRat, by },
});
