import type { AgentEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';

type Registered = Omit<Extract<AgentEvent, { type: 'agent.registered' }>, 'type' | 'by'>;

export type AgentState = { readonly status: 'unknown' } | KnownAgent;

/** An agent as it was registered, and how it stands. */
export interface KnownAgent extends Registered {
  readonly status: 'active' | 'suspended' | 'revoked';
}

export type AgentCommand =
  | { type: 'suspend-agent'; reason: string; by: string }
  | { type: 'resume-agent'; reason: string; by: string }
  | { type: 'revoke-agent'; reason: string; by: string };

export type AgentRefusal = 'agent_unknown' | 'agent_revoked';

/** An agent's life after its registration, to its end. */
export const agent = {
  initial: { status: 'unknown' } as AgentState,

  evolve(state: AgentState, event: AgentEvent): AgentState {
    switch (event.type) {
      case 'agent.registered': {
        const { type: _type, by: _by, ...registered } = event;
        return { status: 'active', ...registered };
      }
      case 'agent.suspended':
        return state.status === 'active' ? { ...state, status: 'suspended' } : state;
      case 'agent.resumed':
        return state.status === 'suspended' ? { ...state, status: 'active' } : state;
      case 'agent.revoked':
        return state.status === 'unknown' ? state : { ...state, status: 'revoked' };
    }
  },

  decide(command: AgentCommand, state: AgentState): Decision<AgentEvent, AgentRefusal> {
    if (state.status === 'unknown') return refuse('agent_unknown');
    const { agentId } = state;
    const { reason, by } = command;
    switch (command.type) {
      case 'suspend-agent':
        if (state.status === 'revoked') return refuse('agent_revoked');
        if (state.status === 'suspended') return decided();
        return decided({ type: 'agent.suspended', agentId, reason, by });
      case 'resume-agent':
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
