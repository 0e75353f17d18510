import { decodeCompact, limits, namesAlgorithm, OAuthError, verifySignature } from '@chancery/oauth';
import { z } from 'zod';
import { type PublicKey, type ServiceName, serviceNames } from '../keys/key-ring.js';
import type { Caller, Outside } from './caller.js';
import { callerLifetime, callerTyp, pathOf } from './caller-header.js';

export interface VerifyCaller {
  /** The field as it came; more than one is refused. */
  readonly header: string | readonly string[] | undefined;
  /** This service. */
  readonly to: ServiceName;
  readonly method: string;
  readonly path: string;
  /** The calling service's own keys, never another purpose's. */
  readonly keys: (service: ServiceName, kid: string) => PublicKey | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

const text = z.string().min(1).max(256);

const claimsSchema = z.strictObject({
  iss: z.enum(serviceNames),
  aud: text,
  iat: z.number().int(),
  exp: z.number().int(),
  jti: text,
  htm: text,
  htp: z.string().max(4_096),
  caller: z
    .strictObject({
      clientId: text,
      scope: z.array(text).max(128),
      grantId: text,
      jkt: text.exactOptional(),
      jti: text,
      iat: z.number().int().positive(),
      kid: text,
      profile: text,
      iatId: text.exactOptional(),
    })
    .exactOptional(),
  outside: z.strictObject({ requestId: text, source: text }).exactOptional(),
});

/** How far the calling service's estimate of the database's clock may be ahead of ours, in seconds. */
const skew = 5;

const refuse = (detail: string): OAuthError => new OAuthError('invalid_token', { refusal: 'caller_invalid', detail });

/** One service's word, verified. */
export interface CallerWord {
  readonly service: ServiceName;
  readonly caller?: Caller;
  readonly outside?: Outside;
}

/** Which service calls, and on whose behalf. Throws OAuthError `invalid_token` (401) for whatever is wrong with it. */
export function verifyCaller(request: VerifyCaller): CallerWord {
  const { header, to, now } = request;
  const values = header === undefined ? [] : [header].flat();
  const token = values[0];
  if (token === undefined) throw new OAuthError('invalid_token', { refusal: 'caller_missing', unauthenticated: true });
  if (values.length > 1) throw refuse('more than one');
  const jws = decodeCompact(token, { maxBytes: limits.jwtBytes, refuse });
  if (jws.header.typ !== callerTyp) throw refuse('typ');
  const parsed = claimsSchema.safeParse(jws.payload);
  if (!parsed.success) throw refuse('claims');
  const claims = parsed.data;
  const key = jws.header.kid === undefined ? undefined : request.keys(claims.iss, jws.header.kid);
  if (!key) throw refuse('key');
  if (!namesAlgorithm(jws.header.alg, key.alg) || !verifySignature(key.alg, key.key, jws.signingInput, jws.signature))
    throw refuse('signature');
  if (claims.aud !== to) throw refuse('aud');
  if (claims.htm !== request.method || claims.htp !== pathOf(request.path)) throw refuse('htm or htp');
  if (claims.exp - claims.iat > callerLifetime || claims.exp <= now || claims.iat > now + skew) throw refuse('outside its time');
  const { iss: service, caller, outside } = claims;
  return { service, ...(caller && { caller }), ...(outside && { outside }) };
}
