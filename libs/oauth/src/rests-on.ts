import type { AccessTokenClaims, Actor, LineageEntry } from './access-token/claims.js';

/** Something whose end ends the authority of a token. The kinds are those of the revocation set. */
export interface RevocableSubject {
  readonly kind: 'grant' | 'agent' | 'instance' | 'user' | 'iat' | 'software' | 'issuer' | 'key';
  /** An `instance` is a proof key's thumbprint, whoever holds it, or an agent's id with it, a dot between; a `key` the `kid` of a signing key. */
  readonly id: string;
}

type Named = readonly [kind: RevocableSubject['kind'], id: string | undefined];

/**
 * All that an access token rests on (GW-05, EXC-08): its own grant, agent, proof key, subject, IAT, software and signing key, the same of
 * every ancestor, and every actor of ours. Each once. Who honours a token asks for these; who extends it makes them guards.
 * @param kid of the key that signed the token
 */
export function restsOn(claims: AccessTokenClaims, kid: string): readonly RevocableSubject[] {
  const named: Named[] = [
    ['grant', claims.grant_id],
    ['agent', claims.client_id],
    ...instances(claims.client_id, claims.cnf?.jkt),
    subject(claims.sub_profile, claims.sub),
    ['iat', claims.iat_id],
    ['software', claims.sw],
    ['key', kid],
    ...(claims.lineage ?? []).flatMap(ofHop),
    ...ofActors(claims.act, claims.iss),
  ];
  const once = new Map<string, RevocableSubject>();
  for (const [kind, id] of named) if (id !== undefined) once.set(`${kind}/${id}`, { kind, id });
  return [...once.values()];
}

const subject = (profile: string, id: string): Named => [profile === 'user' ? 'user' : 'agent', id];

/** A key can be ended for everybody, or for one agent that gave it up: others may use the same one, or have been made to look so. */
const instances = (agent: string, key: string | undefined): readonly Named[] =>
  key === undefined
    ? []
    : [
        ['instance', key],
        ['instance', `${agent}.${key}`],
      ];

const ofHop = (hop: LineageEntry): readonly Named[] => [
  ['grant', hop.grant],
  ['agent', hop.agent],
  ...instances(hop.agent, hop.key),
  ['iat', hop.iat_id],
  ['key', hop.kid],
  ['software', hop.sw],
  ['issuer', hop.src],
];

/** Actors that another issuer names are not ours to revoke. */
function ofActors(act: Actor | undefined, issuer: string): Named[] {
  if (act === undefined) return [];
  const rest = ofActors(act.act, issuer);
  return act.iss === issuer ? [subject(act.sub_profile, act.sub), ...rest] : rest;
}
