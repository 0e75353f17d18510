import { z } from 'zod';
import { id, thumbprint } from '../fields.js';

/** Who vouches for what an agent says of itself (design §8): its own key, or nobody. */
const vouchedBy = z.enum(['agent_key', 'nobody']);

const short = z.string().min(1).max(256);

/** Model, prompt source, tool call and run, as stated beside one call; never prompt text (GW-25). */
export const agentContext = z.strictObject({
  model: z.strictObject({ provider: short.exactOptional(), name: short.exactOptional(), version: short.exactOptional() }).exactOptional(),
  source: z
    .strictObject({
      kind: z.enum(['user', 'assistant', 'tool', 'agent', 'orchestrator', 'retriever']),
      ref: short.exactOptional(),
      sha256: short.exactOptional(),
    })
    .exactOptional(),
  tool: z.strictObject({ name: short.exactOptional(), call_id: short.exactOptional() }).exactOptional(),
  run_id: short.exactOptional(),
  vouchedBy,
});

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
