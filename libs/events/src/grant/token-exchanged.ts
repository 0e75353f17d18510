import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { agentContext, hop, id, profile, scope, seconds, thumbprint, uri } from '../fields.js';

/** A child grant began by token exchange (RFC 8693), and one access token was issued under it. It ends with its parent at the latest. */
export const tokenExchanged = defineEvent({
  type: 'grant.token-exchanged',
  schema: {
    grantId: id,
    parent: id,
    /** The subject token. */
    parentJti: id,
    agentId: id,
    subject: id,
    subjectProfile: profile,
    scope,
    scopeRequested: scope.exactOptional(),
    audience: uri,
    proofKey: thumbprint.exactOptional(),
    subjectProofKey: thumbprint.exactOptional(),
    /** How the result came to be bound to its key: the requester proved the subject token's own key. */
    handOver: z.enum(['same_key', 'unbound']),
    jti: id,
    txn: id,
    expiresAt: seconds,
    iatId: id.exactOptional(),
    class: id.exactOptional(),
    kid: z.string().max(128),
    lineage: z.array(hop).min(1).max(16),
    /** What the agent said of itself and its task inside the proof of the request (GW-25). */
    agentContext: agentContext.exactOptional(),
  },
});
