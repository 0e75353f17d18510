import type { AccessTokenClaims, Actor, LineageEntry } from '@chancery/oauth';
import type { RevocationKind } from '@chancery/events';

/** One question to the revocation set. */
export interface Lookup {
  readonly kind: RevocationKind;
  readonly id: string;
}

type Asked = readonly [kind: RevocationKind, id: string | undefined];

/**
 * Everything whose end ends this token (GW-05): its own grant, agent, key, subject, IAT, software and signing key, the same of every
 * ancestor, and every actor of ours. Each once.
 * @param kid of the key that signed the token
 */
export function lookupsOf(claims: AccessTokenClaims, kid: string): readonly Lookup[] {
  const asked: Asked[] = [
    ['grant', claims.grant_id],
    ['agent', claims.client_id],
    ['instance', claims.cnf?.jkt],
    subject(claims.sub_profile, claims.sub),
    ['iat', claims.iat_id],
    ['software', claims.sw],
    ['key', kid],
    ...(claims.lineage ?? []).flatMap(ofHop),
    ...ofActors(claims.act, claims.iss),
  ];
  const once = new Map<string, Lookup>();
  for (const [kind, id] of asked) if (id !== undefined) once.set(`${kind}/${id}`, { kind, id });
  return [...once.values()];
}

const subject = (profile: string, id: string): Asked => [profile === 'user' ? 'user' : 'agent', id];

const ofHop = (hop: LineageEntry): readonly Asked[] => [
  ['grant', hop.grant],
  ['agent', hop.agent],
  ['instance', hop.key],
  ['iat', hop.iat_id],
  ['key', hop.kid],
  ['software', hop.sw],
  ['issuer', hop.src],
];

/** Actors that another issuer names are not ours to revoke. */
function ofActors(act: Actor | undefined, issuer: string): Asked[] {
  if (act === undefined) return [];
  const rest = ofActors(act.act, issuer);
  return act.iss === issuer ? [subject(act.sub_profile, act.sub), ...rest] : rest;
}
