import type { SubjectToken } from '@chancery/domain';
import type { NotRevoked } from '@chancery/eventstore';
import { type AccessTokenClaims, parseScope, verifyAccessToken } from '@chancery/oauth';
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
  return { token: subjectOf(claims, kid), notRevoked: restsOn(claims, kid) };
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
  kid,
  lineage: (claims.lineage ?? []).map(({ grant, agent, key, iat_id, kid: signedBy }) => ({
    grant,
    agent,
    kid: signedBy,
    ...(key !== undefined && { key }),
    ...(iat_id !== undefined && { iat_id }),
  })),
  delegated: claims.act !== undefined || claims.sub_profile === 'user',
});

/** Authority is from the subject token's `iat` on: whoever was suspended and resumed since then does not get it back. */
function restsOn(claims: AccessTokenClaims, kid: string): readonly NotRevoked[] {
  const since = claims.iat;
  const own = { grant: claims.grant_id, agent: claims.client_id, key: claims.cnf?.jkt, iat_id: claims.iat_id, kid };
  return [own, ...(claims.lineage ?? [])].flatMap((hop) => [
    { kind: 'grant' as const, id: hop.grant, since },
    { kind: 'agent' as const, id: hop.agent, since },
    { kind: 'key' as const, id: hop.kid, since },
    ...(hop.key === undefined ? [] : [{ kind: 'instance' as const, id: hop.key, since }]),
    ...(hop.iat_id === undefined ? [] : [{ kind: 'iat' as const, id: hop.iat_id, since }]),
  ]);
}
