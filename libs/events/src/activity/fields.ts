import { z } from 'zod';
import { agentContext, id, thumbprint } from '../fields.js';

/** One call at an enforcement point. Everything here was verified, or is ours; absent means it was not known. */
export const callFields = {
  gateway: id,
  /** This gateway's own numbering, from 1 at its start, so that a loss shows as a gap. */
  run: id,
  number: z.number().int().positive(),
  requestId: id,
  method: z.string().max(16),
  /** Without query: a query may carry anything. */
  path: z.string().max(2048),
  route: z.string().max(256).exactOptional(),
  resource: z.string().max(2048).exactOptional(),
  decision: z.enum(['allowed', 'denied']),
  /** HTTP status that is answered. */
  status: z.number().int().min(100).max(599),
  reason: z.string().max(64).exactOptional(),
  user: id.exactOptional(),
  agent: id.exactOptional(),
  instance: thumbprint.exactOptional(),
  grant: id.exactOptional(),
  jti: id.exactOptional(),
  scope: z.array(z.string().max(256)).max(128).exactOptional(),
  lineage: z.array(id).max(16).exactOptional(),
  agentContext: agentContext.exactOptional(),
  source: z.string().max(64).exactOptional(),
};
