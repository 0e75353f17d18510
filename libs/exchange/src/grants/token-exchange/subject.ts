import type { SubjectToken } from '@chancery/domain';
import type { NotRevoked } from '@chancery/eventstore';
import { type AccessTokenClaims, parseScope, restsOn, verifyAccessToken } from '@chancery/oauth';
import type { Issuing } from '@chancery/platform';

export interface VerifiedSubject {
  readonly token: SubjectToken;
  /** Everything the subject token and its lineage rest on: one ended, and the chain cannot be extended (EXC-08). */
  readonly notRevoked: readonly NotRevoked[];
}

/** Verifies a subject token of our own, whatever its audience. One answer for malformed, expired, foreign and forged (EXC-06). */
export function verifySubject(token: string, deps: Issuing): VerifiedSubject {
  let kid = '';
  const claims = verifyAccessToken(token, {
    entry: 'subject-token',
    issuer: deps.issuer,
    now: deps.store.now(),
    keys: (wanted) => {
      kid = wanted;
      return deps.keys.find('access-token', wanted);
    },
  });
  // Authority is from the subject token's `iat` on: whoever was suspended and resumed since then does not get it back.
  return { token: subjectOf(claims, kid), notRevoked: restsOn(claims, kid).map((subject) => ({ ...subject, since: claims.iat })) };
}

const subjectOf = (claims: AccessTokenClaims, kid: string): SubjectToken => ({
  grantId: claims.grant_id,
  jti: claims.jti,
  txn: claims.txn,
  clientId: claims.client_id,
  subject: claims.sub,
  subjectProfile: claims.sub_profile === 'service' ? 'service' : 'ai_agent',
  scope: parseScope(claims.scope),
  audience: claims.aud,
  expiresAt: claims.exp,
  ...(claims.cnf && { proofKey: claims.cnf.jkt }),
  ...(claims.iat_id !== undefined && { iatId: claims.iat_id }),
  ...(claims.sw !== undefined && { software: claims.sw }),
  kid,
  lineage: [...(claims.lineage ?? [])],
  delegated: claims.act !== undefined || claims.sub_profile === 'user',
});
