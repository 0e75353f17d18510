import type { AgentEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';
import type { IatState } from '../iat/iat.decider.js';
import { agent, type AgentState, type KnownAgent } from './agent.decider.js';
import { registrationEnd } from './rights.js';

type Departed = Extract<AgentEvent, { type: 'agent.departed' }>;

/** Takes an agent that has ended off the live ones of its class. */
export interface DepartAgent {
  readonly type: 'depart-agent';
  /** Seconds, by the database's clock. */
  readonly at: number;
  /** The initial access token it came from. */
  readonly iat: IatState;
  /** How many have left its class with it. */
  readonly departure: number;
}

export type DepartRefusal = 'agent_unknown' | 'agent_unclassed' | 'agent_departed' | 'agent_lives';

/** How an agent makes room for another: once, and only when nothing can bring it back. */
export const departing = { ...agent, decide: depart };

function depart(command: DepartAgent, state: AgentState): Decision<Departed, DepartRefusal> {
  if (state.status === 'unknown') return refuse('agent_unknown');
  if (state.class === undefined) return refuse('agent_unclassed');
  if (state.departed) return refuse('agent_departed');
  if (!hasEnded(state, command)) return refuse('agent_lives');
  return decided({ type: 'agent.departed', agentId: state.agentId, class: state.class, departure: command.departure, by: 'system' });
}

/** A suspension can be lifted, and a lease be renewed until its grace is over: who is in either lives. */
function hasEnded(known: KnownAgent, { at, iat }: DepartAgent): boolean {
  if (known.status === 'revoked' || known.status === 'deleted' || iat.status === 'revoked') return true;
  const last = registrationEnd(known);
  return last !== undefined && last <= at;
}
