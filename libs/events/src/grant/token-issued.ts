import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { agentContext, id, profile, scope, seconds, thumbprint, uri } from '../fields.js';

/** A grant began, and one access token was issued under it. */
export const tokenIssued = defineEvent({
  type: 'grant.token-issued',
  schema: {
    grantId: id,
    grantType: z.enum(['client_credentials']),
    agentId: id,
    subject: id,
    subjectProfile: profile,
    scope,
    /** What was asked for; absent when the request named no scope. */
    scopeRequested: scope.exactOptional(),
    audience: uri,
    /** Thumbprint of the key the token is bound to: the instance. Absent: a bearer token, which the class allowed. */
    proofKey: thumbprint.exactOptional(),
    jti: id,
    txn: id,
    expiresAt: seconds,
    iatId: id.exactOptional(),
    class: id.exactOptional(),
    /** The signing key it was decided to sign with. */
    kid: z.string().max(128),
    /** What the agent said of itself and its task inside the proof of the request (GW-25). */
    agentContext: agentContext.exactOptional(),
  },
});
