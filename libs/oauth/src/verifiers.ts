import { OAuthError, type OAuthErrorCode, type Refuse } from './errors.js';
import { type Algorithm, algorithms } from './jose/algorithms.js';
import type { CompactJws } from './jose/decode-compact.js';
import { decodeCompact } from './jose/decode-compact.js';
import type { HeaderCache } from './jose/header-cache.js';
import { canonicalTyp } from './jose/typ.js';
import { limits } from './limits.js';

/** A place where somebody hands us a JWT. */
export type EntryPoint = 'access-token' | 'subject-token' | 'dpop-proof' | 'client-assertion';

/** What may enter there (RFC 8725 §3.1, §3.8–3.11). */
export interface VerifierRules {
  /** Accepted `typ`, lower case, without `application/`; `absent` accepts a header without one. */
  readonly typ: readonly string[];
  /** Who may have issued it. */
  readonly issuer: 'ourselves' | 'the client' | 'the key itself';
  /** What `aud` must be; always one string. */
  readonly audience: 'the resource' | 'any resource' | 'our issuer' | 'none';
  /** Where the key comes from; never from anything else the token says. */
  readonly keys: 'our keys by kid' | 'registered jwks' | 'jwk of the header';
  readonly algorithms: readonly Algorithm[];
  readonly maxBytes: number;
  /** Answer and recorded reason for whatever is wrong with form, type, algorithm or signature. */
  readonly code: OAuthErrorCode;
  readonly refusal: string;
}

/** The registry as a function. @throws Error for an entry point without complete rules: called while modules load, it stops the start. */
export function openRegistry(entries: Partial<Record<EntryPoint, VerifierRules>>): (entry: EntryPoint) => VerifierRules {
  return (entry) => {
    const rules = entries[entry];
    if (rules === undefined) throw new Error(`no verifier for ${entry}`);
    if (rules.typ.length === 0 || rules.algorithms.length === 0 || !(rules.maxBytes > 0))
      throw new Error(`the verifier for ${entry} is incomplete`);
    return rules;
  };
}

/** The rules of an entry point. */
export const verifierFor = openRegistry({
  'access-token': {
    typ: ['at+jwt'],
    issuer: 'ourselves',
    audience: 'the resource',
    keys: 'our keys by kid',
    algorithms,
    maxBytes: limits.jwtBytes,
    code: 'invalid_token',
    refusal: 'signature_invalid',
  },
  'subject-token': {
    typ: ['at+jwt'],
    issuer: 'ourselves',
    audience: 'any resource',
    keys: 'our keys by kid',
    algorithms,
    maxBytes: limits.jwtBytes,
    code: 'invalid_request', // RFC 8693 §2.2.2: never invalid_grant
    refusal: 'signature_invalid',
  },
  'dpop-proof': {
    typ: ['dpop+jwt'],
    issuer: 'the key itself',
    audience: 'none',
    keys: 'jwk of the header',
    algorithms,
    maxBytes: limits.jwtBytes,
    code: 'invalid_dpop_proof',
    refusal: 'proof_invalid',
  },
  'client-assertion': {
    typ: ['client-authentication+jwt', 'jwt', 'absent'], // RFC 10070; what older clients send
    issuer: 'the client',
    audience: 'our issuer',
    keys: 'registered jwks',
    algorithms,
    maxBytes: limits.jwtBytes,
    code: 'invalid_client',
    refusal: 'signature_invalid',
  },
});

/** The error of an entry point, made from a private reason. */
export const refuseAt =
  (rules: VerifierRules): Refuse =>
  (reason) =>
    new OAuthError(rules.code, { refusal: rules.refusal, detail: reason });

/** Reads a compact JWS at an entry point and checks its `typ`; nothing is verified yet. @param seen this entry point's own, if it has one */
export function openCompact(token: string, rules: VerifierRules, seen?: HeaderCache): CompactJws {
  const refuse = refuseAt(rules);
  const jws = decodeCompact(token, { maxBytes: rules.maxBytes, refuse, seen });
  const { typ } = jws.header;
  if (!rules.typ.includes(typ === undefined ? 'absent' : canonicalTyp(typ)) || typ === 'absent') throw refuse('typ is of another kind');
  return jws;
}
