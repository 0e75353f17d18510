import { z } from 'zod';
import { OAuthError } from '../errors.js';
import { limits } from '../limits.js';

const text = z.string().min(1).max(limits.agentContextChars);

// Strict: a member we do not know could be prompt text, and would be recorded.
const agentContext = z.strictObject({
  model: z.strictObject({ provider: text.exactOptional(), name: text.exactOptional(), version: text.exactOptional() }).exactOptional(),
  source: z
    .strictObject({
      kind: z.enum(['user', 'assistant', 'tool', 'agent', 'orchestrator', 'retriever']),
      ref: text.exactOptional(),
      /** SHA-256 of what prompted the call, base64url or hex. */
      sha256: z
        .string()
        .regex(/^(?:[A-Za-z0-9_-]{43}|[0-9a-f]{64})$/)
        .exactOptional(),
    })
    .exactOptional(),
  tool: z.strictObject({ name: text.exactOptional(), call_id: text.exactOptional() }).exactOptional(),
  run_id: text.exactOptional(),
});

/** What an agent says about one call inside its DPoP proof: its own key vouches for it, nobody else does. */
export type AgentContext = z.infer<typeof agentContext>;

/** The `agent_context` claim, if there is one. @throws OAuthError `invalid_request` when it is too big or of another shape */
export function parseAgentContext(claim: unknown): AgentContext | undefined {
  if (claim === undefined) return undefined;
  const parsed = agentContext.safeParse(claim);
  if (!parsed.success || Buffer.byteLength(JSON.stringify(claim)) > limits.agentContextBytes)
    throw new OAuthError('invalid_request', { refusal: 'agent_context_malformed', description: 'agent_context is malformed' });
  return parsed.data;
}
