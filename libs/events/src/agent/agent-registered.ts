import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { authMethod, by, grantType, id, positive, profile, publicJwk, reason, scope, secretHash, seconds, uri } from '../fields.js';

/** An agent came into being, with these rights. What stands here is what it was told in the registration's answer (DCR-11). */
export const agentRegistered = defineEvent({
  type: 'agent.registered',
  schema: {
    agentId: id,
    /** Absent for the operator that the first start makes. */
    iatId: id.exactOptional(),
    /** Which of the IAT's uses it took, from 1. */
    slot: z.number().int().min(1).exactOptional(),
    class: id.exactOptional(),
    name: z.string().max(128).exactOptional(),
    profile,
    authMethod,
    jwks: z.array(publicJwk).max(16).exactOptional(),
    /** Where its keys are, instead of `jwks`. */
    jwksUri: uri.exactOptional(),
    /** The one algorithm its assertions are signed with, where it fixed one. */
    signingAlg: z.string().max(16).exactOptional(),
    secretHash: secretHash.exactOptional(),
    /** Of the registration access token it manages itself with; absent: nobody does (operators). */
    ratHash: secretHash.exactOptional(),
    grantTypes: z.array(grantType).min(1).max(8),
    scope,
    audiences: z.array(uri).min(1).max(64),
    dpopBound: z.boolean(),
    /** Exclusive end of the lease; absent: none (operators). */
    leaseEndsAt: seconds.exactOptional(),
    /** Why somebody made it who opened it with no IAT. */
    reason: reason.exactOptional(),
    /** Exclusive end of the time in which the lease may still be renewed; absent: the lease's own end. */
    graceEndsAt: seconds.exactOptional(),
    /** It may not act until an operator approved it; absent: it may. */
    awaitsApproval: z.literal(true).exactOptional(),
    /** The how manieth of its class it is; absent: its class did not count then. */
    admission: positive.exactOptional(),
    /** When it was decided, as its answer said it (`client_id_issued_at`). */
    registeredAt: seconds.exactOptional(),
    by,
  },
});
