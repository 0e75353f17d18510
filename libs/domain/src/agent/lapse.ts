import type { AgentEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';
import { agent, type AgentState, type KnownAgent } from './agent.decider.js';
import { registrationEnd } from './rights.js';

type Lapsed = Extract<AgentEvent, { type: 'agent.expiry-warned' | 'agent.expired' | 'agent.deleted' }>;

/** Records how far an agent's lease has run. */
export interface LapseLease {
  readonly type: 'lapse-lease';
  /** Seconds, by the database's clock. */
  readonly at: number;
  /** Seconds before its end from which a lease is warned of. */
  readonly warnAhead: number;
}

export type LapseRefusal = 'agent_unknown' | 'agent_revoked' | 'agent_deleted' | 'lease_endless';

/**
 * How a lease that nobody renews goes its way: a warning, its end, and with the grace the end of the registration, each recorded once. Nobody waits
 * for it: whatever is recorded here has been decided by the same end at every step before (`standing`, `managing`).
 */
export const lapsing = { ...agent, decide: lapse };

function lapse({ at, warnAhead }: LapseLease, state: AgentState): Decision<Lapsed, LapseRefusal> {
  if (state.status === 'unknown') return refuse('agent_unknown');
  if (state.status === 'revoked') return refuse('agent_revoked');
  if (state.status === 'deleted') return refuse('agent_deleted');
  const { leaseEndsAt } = state;
  if (leaseEndsAt === undefined) return refuse('lease_endless');
  if (at < leaseEndsAt) return at < leaseEndsAt - warnAhead ? decided() : warning(state, leaseEndsAt);
  return ending(state, leaseEndsAt, at);
}

const warning = ({ agentId, leaseRecorded }: KnownAgent, leaseEndsAt: number): Decision<Lapsed, never> =>
  leaseRecorded === undefined ? decided({ type: 'agent.expiry-warned', agentId, leaseEndsAt, by: 'system' }) : decided();

/** Who is suspended, waits for approval or came by a token that was revoked ends as everybody does: a lease runs whatever else becomes of an agent. */
function ending(known: KnownAgent, leaseEndsAt: number, at: number): Decision<Lapsed, never> {
  const { agentId, leaseRecorded } = known;
  const expired = { type: 'agent.expired', agentId, leaseEndsAt, by: 'system' } as const;
  const deleted = { type: 'agent.deleted', agentId, cause: 'lease_ended', by: 'system' } as const;
  return decided(...(leaseRecorded === 'expired' ? [] : [expired]), ...((registrationEnd(known) ?? leaseEndsAt) <= at ? [deleted] : []));
}
