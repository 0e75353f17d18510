import { z } from 'zod';

/** Fields that several events share. Times are whole seconds since 1970 by the database's clock. */

export const id = z.string().min(1).max(128);
/** Who did it: a client id of an operator or agent, or `system`. */
export const by = z.string().min(1).max(128);
export const seconds = z.number().int().nonnegative();
/** A limit or a number of something, from 1. */
export const positive = z.number().int().min(1);
/** RFC 7638 SHA-256 thumbprint, base64url. */
export const thumbprint = z.string().length(43);
/** base64url SHA-256 of a secret of 256 random bits; the secret itself is never stored. */
export const secretHash = z.string().length(43);
export const scope = z.array(z.string().min(1).max(256)).max(128);
export const uri = z.string().min(1).max(2048);
/** What an operator or agent says, for people: bounded, and never parsed. */
export const reason = z.string().min(1).max(512);
/** Public members of a JWK only. */
export const publicJwk = z.strictObject({
  kty: z.string().max(16),
  crv: z.string().max(32).exactOptional(),
  x: z.string().max(1024).exactOptional(),
  y: z.string().max(1024).exactOptional(),
  n: z.string().max(1024).exactOptional(),
  e: z.string().max(16).exactOptional(),
  alg: z.string().max(16).exactOptional(),
  kid: z.string().max(256).exactOptional(),
  use: z.string().max(16).exactOptional(),
});
/** What a rotation of a registration access token records. */
export const newRat = {
  /** Of the new registration access token. */
  ratHash: secretHash,
  /** Until then (exclusive) the one before it may read. */
  previousRatEndsAt: seconds,
};
export const profile = z.enum(['ai_agent', 'service']);
export const grantType = z.enum(['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']);
export const authMethod = z.enum(['private_key_jwt', 'client_secret_basic']);
export const keyAlgorithm = z.enum(['ES256', 'PS256', 'Ed25519']);
/** One hop of a lineage, nearest ancestor first (ATK `lineage`). */
export const hop = z.strictObject({
  grant: id,
  agent: id,
  key: thumbprint.exactOptional(),
  iat_id: id.exactOptional(),
  kid: z.string().max(128),
  /** Software version of the agent. */
  sw: z.string().min(1).max(256).exactOptional(),
  /** The foreign issuer that the root rests on. */
  src: uri.exactOptional(),
});

/** A position of the event store, which may exceed what a JSON number holds. */
export const decimal = z
  .string()
  .min(1)
  .max(19)
  .regex(/^(?:0|[1-9][0-9]{0,18})$/);

/** Who vouches for what an agent says of itself (design §8): its own key, or nobody. */
const vouchedBy = z.enum(['agent_key', 'nobody']);

const short = z.string().min(1).max(256);

/** Model, prompt source, tool call and run, as stated beside one call or token request; never prompt text (GW-25). */
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
  /** What an agent calls itself in baggage. Who it is, the token says. */
  agent_id: short.exactOptional(),
  vouchedBy,
});
