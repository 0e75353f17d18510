import { classOf, type ConfigState } from '../config/config.decider.js';
import { keyFits, remoteKeysFit } from '../config/key-fits.js';
import { both } from '../sets.js';
import type { AgentState, KnownAgent } from './agent.decider.js';

/** What an agent may have right now: what it registered, cut to what its class says now. */
export interface Rights {
  readonly scope: readonly string[];
  readonly audiences: readonly string[];
  readonly grantTypes: readonly string[];
  /** Whether the class still takes the method this agent authenticates by. */
  readonly authMethodAllowed: boolean;
  /** Whether the class still takes every key this agent registered, or may come with: one that it gave up stands for the agent no more, so it brings others first. */
  readonly keysAllowed: boolean;
  readonly dpopRequired: boolean;
  /** Seconds. */
  readonly accessTokenLifetime: number;
}

/** Why an agent may not even authenticate; the wire says `invalid_client` for each (CLA-03). */
export type StandingRefusal = 'agent_unknown' | 'agent_pending' | 'agent_suspended' | 'agent_revoked' | 'agent_deleted' | 'lease_expired';

const defaultLifetime = 600;

/** Whether the agent may act at all at `at` (seconds): the first question of every use case. */
export function standing(agent: AgentState, at: number): StandingRefusal | undefined {
  if (agent.status === 'unknown') return 'agent_unknown';
  if (agent.status === 'revoked') return 'agent_revoked';
  if (agent.status === 'deleted') return 'agent_deleted';
  if (agent.status === 'pending') return 'agent_pending';
  if (agent.status === 'suspended') return 'agent_suspended';
  // A lease that ends this second has ended: every other expiry in the house is exclusive too.
  if (agent.departed || (agent.leaseEndsAt !== undefined && agent.leaseEndsAt <= at)) return 'lease_expired';
  return undefined;
}

/** Seconds, exclusive: until when an agent's registration lives, its lease's grace included; undefined for one without a lease. */
export const registrationEnd = ({ graceEndsAt, leaseEndsAt }: Pick<KnownAgent, 'graceEndsAt' | 'leaseEndsAt'>): number | undefined =>
  graceEndsAt ?? leaseEndsAt;

/** The intersection that makes narrowing a class narrow every agent of it at its next token. A class that is gone leaves nothing. */
export function rightsOf(agent: KnownAgent, config: ConfigState): Rights {
  if (agent.class === undefined) {
    const { scope, audiences, grantTypes, dpopBound } = agent;
    return {
      scope,
      audiences,
      grantTypes,
      authMethodAllowed: true,
      keysAllowed: true,
      dpopRequired: dpopBound,
      accessTokenLifetime: defaultLifetime,
    };
  }
  const now = classOf(config, agent.class);
  return {
    scope: both(agent.scope, now?.scope ?? []),
    audiences: both(agent.audiences, now?.audiences ?? []),
    grantTypes: both(agent.grantTypes, now?.grantTypes ?? []),
    authMethodAllowed: now?.authMethods.includes(agent.authMethod) ?? false,
    keysAllowed: now !== undefined && (agent.jwks ?? []).every((jwk) => keyFits(jwk, now)) && remoteKeysFit(agent, now),
    dpopRequired: agent.dpopBound || (now?.dpopRequired ?? true),
    accessTokenLifetime: now?.accessTokenLifetime ?? defaultLifetime,
  };
}
