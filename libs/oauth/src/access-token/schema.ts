import { z } from 'zod';
import { limits } from '../limits.js';
import type { AccessTokenClaims, Actor } from './claims.js';

const text = z.string().min(1);
const time = z.number(); // finite by zod's own rule; nothing is coerced (RFC 7519 §4.1)
const thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const actor: z.ZodType<Actor> = z.object({
  iss: text,
  sub: text,
  sub_profile: text,
  get act() {
    return actor.exactOptional();
  },
});

const lineageEntry = z.object({
  grant: text,
  agent: text,
  key: thumbprint.exactOptional(),
  iat_id: text.exactOptional(),
  kid: text,
  sw: text.exactOptional(),
  src: text.exactOptional(),
});

/** The types of RFC 9068 §2.2 and ours, strictly; claims we do not know are left out of the result. */
export const accessTokenClaims: z.ZodType<AccessTokenClaims> = z.object({
  iss: text,
  sub: text,
  aud: text,
  exp: time,
  iat: time,
  jti: text.max(limits.jtiChars),
  client_id: text,
  scope: text.exactOptional(),
  sub_profile: z.enum(['user', 'ai_agent', 'service']),
  // RFC 7800 §3.1: a confirmation we cannot check is one we cannot honour. No unknown member, none empty, none null.
  cnf: z.strictObject({ jkt: thumbprint }).exactOptional(),
  act: actor.exactOptional(),
  grant_id: text,
  lineage: z.array(lineageEntry).max(limits.lineageHops).exactOptional(),
  sw: text.exactOptional(),
  iat_id: text.exactOptional(),
  auth_time: time.exactOptional(),
  acr: text.exactOptional(),
  amr: z.array(text).exactOptional(),
  txn: text,
});
