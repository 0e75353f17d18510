import type { GrantEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';

export type GrantState =
  | { readonly status: 'unknown' }
  | { readonly status: 'live' | 'revoked'; readonly grantId: string; readonly agentId: string; readonly expiresAt: number };

export type GrantCommand = {
  type: 'revoke-grant';
  cause: 'client_request' | 'operator';
  reason?: string;
  by: string;
};

export type GrantRefusal = 'grant_unknown';

/** One mandate. It begins with its first token (`issueToken`, `exchangeToken`) and ends with everything derived from it. */
export const grant = {
  initial: { status: 'unknown' } as GrantState,

  evolve(state: GrantState, event: GrantEvent): GrantState {
    switch (event.type) {
      case 'grant.token-issued':
      case 'grant.token-exchanged':
        return { status: 'live', grantId: event.grantId, agentId: event.agentId, expiresAt: event.expiresAt };
      case 'grant.revoked':
        return state.status === 'unknown' ? state : { ...state, status: 'revoked' };
    }
  },

  decide(command: GrantCommand, state: GrantState): Decision<GrantEvent, GrantRefusal> {
    if (state.status === 'unknown') return refuse('grant_unknown');
    // Already ended: harmless, and nothing new to record. An expired one is recorded all the same: its children are judged by it.
    if (state.status === 'revoked') return decided();
    return decided({
      type: 'grant.revoked',
      grantId: state.grantId,
      cause: command.cause,
      ...(command.reason !== undefined && { reason: command.reason }),
      by: command.by,
    });
  },
};
