import { z } from 'zod';

/** Fields that several events share. Times are whole seconds since 1970 by the database's clock. */

export const id = z.string().min(1).max(128);
/** Who did it: a client id of an operator or agent, or `system`. */
export const by = z.string().min(1).max(128);
export const seconds = z.number().int().nonnegative();
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
export const profile = z.enum(['ai_agent', 'service']);
export const grantType = z.enum(['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']);
export const authMethod = z.enum(['private_key_jwt', 'client_secret_basic']);
/** One hop of a lineage, nearest ancestor first (ATK `lineage`). */
export const hop = z.strictObject({
  grant: id,
  agent: id,
  key: thumbprint.exactOptional(),
  iat_id: id.exactOptional(),
  kid: z.string().max(128),
});
