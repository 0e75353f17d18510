import type { AgentEvent } from '@chancery/events';
import { type Decision, refuse } from '../decision.js';
import type { IatState } from '../iat/iat.decider.js';
import { agent, type AgentState } from './agent.decider.js';
import { standing } from './rights.js';

/** The same registration is asked for once more, by the same initial access token, metadata and proved key. */
export interface ReissueCredentials {
  readonly type: 'reissue-credentials';
  /** Seconds, by the database's clock. */
  readonly at: number;
  readonly iat: IatState;
  /** Seconds after a registration in which its answer counts as lost when it is asked for again. */
  readonly window: number;
  readonly ratHash: string;
  /** For an agent that has a secret. */
  readonly secretHash: string;
}

export type ReissueRefusal = 'iat_revoked' | 'not_a_retry';

/** How the answer to a registration is given once more, without a second agent. */
export const reissuing = { ...agent, decide: reissue };

function reissue(command: ReissueCredentials, state: AgentState): Decision<AgentEvent, ReissueRefusal> {
  const { at, iat, window, ratHash, secretHash } = command;
  // A token that was closed or used up since opens nothing by this: the agent is there.
  if (iat.status === 'unknown' || iat.status === 'revoked') return refuse('iat_revoked');
  if ((state.status !== 'active' && state.status !== 'pending') || state.answered || state.iatId !== iat.iatId)
    return refuse('not_a_retry');
  // A lease can be shorter than the time in which an answer is lost.
  if (standing({ ...state, status: 'active' }, at) !== undefined) return refuse('not_a_retry');
  if (state.registeredAt === undefined || at >= state.registeredAt + window) return refuse('not_a_retry');
  const { agentId } = state;
  const withSecret = state.secretHash !== undefined && { secretHash };
  return { ok: true, events: [{ type: 'agent.credentials-reissued', agentId, ratHash, ...withSecret, by: iat.iatId }] };
}
