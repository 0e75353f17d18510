import type { KeyObject } from 'node:crypto';
import { OAuthError } from '../errors.js';
import { type Algorithm, namesAlgorithm } from '../jose/algorithms.js';
import type { CompactJws } from '../jose/decode-compact.js';
import { verifySignature } from '../jose/verify-signature.js';
import { limits } from '../limits.js';
import { openCompact, refuseAt, type VerifierRules, verifierFor } from '../verifiers.js';
import type { AccessTokenClaims } from './claims.js';
import { accessTokenClaims } from './schema.js';

export interface VerificationKey {
  key: KeyObject;
  alg: Algorithm;
}

export interface AccessTokenRequest {
  /** Our issuer identifier, byte for byte. */
  issuer: string;
  /** The route's resource; left out where any registered resource will do (exchange, revocation). */
  audience?: string;
  /** The issuer's own keys by `kid`: a look-up, never a fetch. */
  keys: (kid: string) => VerificationKey | undefined;
  /** Seconds since 1970. */
  now: number;
  /** Where the token came in; `access-token` when absent. The subject token of an exchange is answered `invalid_request`. */
  entry?: 'access-token' | 'subject-token';
}

const entries = { 'access-token': verifierFor('access-token'), 'subject-token': verifierFor('subject-token') };

/**
 * Type, signature, types of claims, issuer, audience and time of an access token (RFC 9068 §4). Not its binding (`checkBinding`), its
 * revocation, nor its scope.
 * @throws OAuthError `invalid_token` (401); at entry `subject-token` `invalid_request`
 */
export function verifyAccessToken(token: string, request: AccessTokenRequest): AccessTokenClaims {
  const rules = entries[request.entry ?? 'access-token'];
  const jws = openCompact(token, rules);
  checkActorDepth(jws.payload['act'], rules);
  checkSignature(jws, request.keys, rules);

  const parsed = accessTokenClaims.safeParse(jws.payload);
  if (!parsed.success) throw refuse(rules, 'token_malformed', parsed.error.issues[0]?.path.join('.'));
  const claims = parsed.data;
  if (claims.iss !== request.issuer) throw refuse(rules, 'token_issuer');
  if (request.audience !== undefined && claims.aud !== request.audience) throw refuse(rules, 'token_audience');
  checkTimes(claims, jws.payload['nbf'], request.now, rules);
  return claims;
}

/** Before any signature is checked: whoever nests for ever pays for it, not we. */
function checkActorDepth(act: unknown, rules: VerifierRules): void {
  let depth = 0;
  for (let actor = act; typeof actor === 'object' && actor !== null; actor = (actor as { act?: unknown }).act) {
    depth += 1;
    if (depth > limits.actorDepth) throw refuse(rules, 'token_malformed', 'act too deep');
  }
}

function checkSignature(jws: CompactJws, keys: AccessTokenRequest['keys'], rules: VerifierRules): void {
  const { kid, alg } = jws.header;
  const found = kid === undefined ? undefined : keys(kid);
  if (found === undefined) throw refuseAt(rules)('no key of ours');
  if (!rules.algorithms.includes(found.alg) || !namesAlgorithm(alg, found.alg)) throw refuseAt(rules)('alg is not the key’s');
  if (!verifySignature(found.alg, found.key, jws.signingInput, jws.signature)) throw refuseAt(rules)('signature');
}

function checkTimes(claims: AccessTokenClaims, nbf: unknown, now: number, rules: VerifierRules): void {
  // Exclusive, without tolerance: the second a token ends it has ended.
  if (claims.exp <= now) throw refuse(rules, 'token_expired');
  if (claims.iat > now + limits.accessTokenSkewSeconds) throw refuse(rules, 'token_not_yet_valid');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + limits.accessTokenSkewSeconds))
    throw refuse(rules, 'token_not_yet_valid');
}

const refuse = (rules: VerifierRules, refusal: string, detail?: string): OAuthError =>
  new OAuthError(rules.code, { refusal, ...(detail === undefined ? {} : { detail }) });
