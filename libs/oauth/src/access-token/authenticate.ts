import type { KeyObject } from 'node:crypto';
import { type Algorithm, namesAlgorithm } from '../jose/algorithms.js';
import { verifySignature } from '../jose/verify-signature.js';
import { refuseAt } from '../verifiers.js';
import type { AccessTokenClaims } from './claims.js';
import type { UnverifiedAccessToken } from './read.js';
import { type AccessTokenEntry, refuse, rulesOf } from './rules.js';
import { accessTokenClaims } from './schema.js';

export interface VerificationKey {
  key: KeyObject;
  alg: Algorithm;
}

/** An access token that the issuer signed. Whether it counts here and now is `judgeAccessToken`'s question; this much never changes. */
export interface AuthenticAccessToken {
  readonly claims: AccessTokenClaims;
  /** The key that signed it. */
  readonly kid: string;
  /** `nbf` as it was signed. */
  readonly notBefore: unknown;
  readonly entry: AccessTokenEntry;
}

/**
 * Signature, types of claims and issuer of an access token (RFC 9068 §4).
 * @param from our issuer identifier, byte for byte, and its own key of that `kid`, if there is one
 * @throws OAuthError `invalid_token` (401); at entry `subject-token` `invalid_request`
 */
export function authenticateAccessToken(
  { jws, kid, entry }: UnverifiedAccessToken,
  from: { readonly issuer: string; readonly key: VerificationKey | undefined },
): AuthenticAccessToken {
  const rules = rulesOf(entry);
  const { issuer, key } = from;
  if (key === undefined) throw refuseAt(rules)('no key of ours');
  if (!rules.algorithms.includes(key.alg) || !namesAlgorithm(jws.header.alg, key.alg)) throw refuseAt(rules)('alg is not the key’s');
  if (!verifySignature(key.alg, key.key, jws.signingInput, jws.signature)) throw refuseAt(rules)('signature');

  const parsed = accessTokenClaims.safeParse(jws.payload);
  if (!parsed.success) throw refuse(rules, 'token_malformed', parsed.error.issues[0]?.path.join('.'));
  if (parsed.data.iss !== issuer) throw refuse(rules, 'token_issuer');
  return { claims: parsed.data, kid, notBefore: jws.payload['nbf'], entry };
}
