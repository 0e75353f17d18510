import type { AgentEvent } from '@chancery/events';
import type { ConfigState } from '../config/config.decider.js';
import { exceedsOperator, type Giver } from '../config/operators-api.js';
import { decided, type Decision, refuse } from '../decision.js';
import { managed } from './managed.js';

type Registered = Omit<Extract<AgentEvent, { type: 'agent.registered' }>, 'type' | 'by'>;

export type AgentState = { readonly status: 'unknown' } | KnownAgent;

/** An agent as it was registered, and how it stands. */
export interface KnownAgent extends Registered {
  readonly status: 'pending' | 'active' | 'suspended' | 'revoked' | 'deleted';
  /** It counts no longer among the live ones of its class, so nothing may bring it back. */
  readonly departed?: true;
  /** What was recorded of its lease since it was given or renewed. */
  readonly leaseRecorded?: 'warned' | 'expired';
  /** The registration access token before the newest one: it reads, and does nothing else. */
  readonly previousRat?: Superseded;
  /** The secret before the newest one. */
  readonly previousSecret?: Superseded;
  /** It changed something by its first registration access token: the answer to its registration arrived. */
  readonly answered?: true;
  /** How often it changed in the minute that began with the first of these changes. */
  readonly changes?: { readonly from: number; readonly count: number };
}

/** A credential that has a successor, and works on for a while. */
export interface Superseded {
  readonly hash: string;
  /** Seconds, exclusive. */
  readonly endsAt: number;
}

export type AgentCommand =
  | ({ type: 'approve-agent'; reason: string; by: string; config: ConfigState } & Giver)
  | { type: 'suspend-agent'; reason: string; by: string }
  | { type: 'resume-agent'; reason: string; by: string }
  | { type: 'revoke-agent'; reason: string; by: string };

export type AgentRefusal =
  | 'agent_unknown'
  | 'agent_pending'
  | 'agent_suspended'
  | 'agent_revoked'
  | 'agent_deleted'
  | 'scope_exceeds_operator';

/** An agent's life after its registration, to its end. */
export const agent = {
  initial: { status: 'unknown' } as AgentState,

  evolve(state: AgentState, event: AgentEvent): AgentState {
    switch (event.type) {
      case 'agent.registered': {
        const { type: _type, by: _by, ...registered } = event;
        return { status: event.awaitsApproval ? 'pending' : 'active', ...registered };
      }
      case 'agent.approved':
        return state.status === 'pending' ? { ...state, status: 'active' } : state;
      case 'agent.suspended':
        return state.status === 'active' ? { ...state, status: 'suspended' } : state;
      case 'agent.resumed':
        return state.status === 'suspended' ? { ...state, status: 'active' } : state;
      case 'agent.revoked':
        return state.status === 'unknown' ? state : { ...state, status: 'revoked' };
      case 'agent.departed':
        return state.status === 'unknown' ? state : { ...state, departed: true };
      case 'agent.expiry-warned':
        return state.status === 'unknown' ? state : { ...state, leaseRecorded: 'warned' };
      case 'agent.expired':
        return state.status === 'unknown' ? state : { ...state, leaseRecorded: 'expired' };
      case 'agent.deleted':
        return state.status === 'unknown' || state.status === 'revoked' ? state : { ...state, status: 'deleted' };
      case 'agent.registration-replaced':
      case 'agent.renewed':
      case 'agent.key-removed':
      case 'agent.secret-rotated':
      case 'agent.rat-confirmed':
      case 'agent.credentials-reissued':
        return state.status === 'unknown' ? state : managed(state, event);
    }
  },

  decide(command: AgentCommand, state: AgentState): Decision<AgentEvent, AgentRefusal> {
    if (state.status === 'unknown') return refuse('agent_unknown');
    const { agentId } = state;
    const { reason, by } = command;
    if (state.status === 'deleted') return command.type === 'revoke-agent' ? decided() : refuse('agent_deleted');
    switch (command.type) {
      case 'approve-agent':
        return approve(command, state);
      case 'suspend-agent':
        // It may do nothing yet; resumed, it would seem to have been let in.
        if (state.status === 'pending') return refuse('agent_pending');
        if (state.status === 'revoked') return refuse('agent_revoked');
        if (state.status === 'suspended') return decided();
        return decided({ type: 'agent.suspended', agentId, reason, by });
      case 'resume-agent':
        if (state.status === 'pending') return refuse('agent_pending');
        if (state.status === 'revoked') return refuse('agent_revoked');
        if (state.status === 'active') return decided();
        return decided({ type: 'agent.resumed', agentId, reason, by });
      case 'revoke-agent':
        // Already ended: a second revocation is harmless and says nothing new.
        if (state.status === 'revoked') return decided();
        return decided({ type: 'agent.revoked', agentId, reason, by });
    }
  },
};

function approve(command: Extract<AgentCommand, { type: 'approve-agent' }>, state: KnownAgent): Decision<AgentEvent, AgentRefusal> {
  if (state.status === 'revoked') return refuse('agent_revoked');
  if (state.status === 'suspended') return refuse('agent_suspended');
  if (state.status === 'active') return decided();
  if (exceedsOperator(state, command, command.config)) return refuse('scope_exceeds_operator');
  return decided({ type: 'agent.approved', agentId: state.agentId, reason: command.reason, by: command.by });
}
