import type { IatEvent } from '@chancery/events';
import type { ConfigState, IatClass } from '../config/config.decider.js';
import { exceedsOperator, type Giver } from '../config/operators-api.js';
import { decided, type Decision, refuse } from '../decision.js';
import { within } from '../sets.js';

export type IatState = { readonly status: 'unknown' } | KnownIat;

/** An initial access token as it was minted, and how it stands. */
export interface KnownIat {
  readonly status: 'open' | 'closed' | 'revoked';
  readonly iatId: string;
  readonly class: string;
  readonly uses: number;
  readonly expiresAt: number;
  readonly tokenHash: string;
  /** RFC 7638 thumbprint of the key whose proof it needs. Absent: bearer. */
  readonly jkt?: string;
  /** The most that it opens: its class as it was at minting, or less. Absent where that was not recorded. */
  readonly scope?: readonly string[];
  readonly audiences?: readonly string[];
  readonly owner?: string;
  readonly note?: string;
  readonly mintedBy: string;
}

export type IatCommand =
  | ({
      type: 'mint-iat';
      /** Seconds, by the database's clock. */
      at: number;
      iatId: string;
      /** The class as it stands now; undefined: there is none of that name. */
      class: IatClass | undefined;
      config: ConfigState;
      uses: number;
      expiresAt: number;
      tokenHash: string;
      /** Less than its class grants; absent: all of it. */
      scope?: readonly string[];
      audiences?: readonly string[];
      jkt?: string;
      owner?: string;
      note?: string;
      by: string;
    } & Giver)
  | { type: 'close-iat'; reason: string; by: string }
  | { type: 'revoke-iat'; reason: string; by: string };

export type IatRefusal =
  | 'class_unknown'
  | 'uses_exceed_class'
  | 'expiry_exceeds_class'
  | 'expiry_past'
  | 'scope_exceeds_class'
  | 'audience_exceeds_class'
  | 'scope_exceeds_operator'
  | 'iat_unknown'
  | 'iat_exists';

/** An initial access token: opens registrations of one class, and is the root of the tree that comes from it. */
export const iat = {
  initial: { status: 'unknown' } as IatState,

  evolve(state: IatState, event: IatEvent): IatState {
    switch (event.type) {
      case 'iat.minted':
        return {
          status: 'open',
          iatId: event.iatId,
          class: event.class,
          uses: event.uses,
          expiresAt: event.expiresAt,
          tokenHash: event.tokenHash,
          ...(event.jkt !== undefined && { jkt: event.jkt }),
          ...(event.scope && { scope: event.scope }),
          ...(event.audiences && { audiences: event.audiences }),
          ...(event.owner !== undefined && { owner: event.owner }),
          ...(event.note !== undefined && { note: event.note }),
          mintedBy: event.by,
        };
      case 'iat.closed':
        return state.status === 'open' ? { ...state, status: 'closed' } : state;
      case 'iat.revoked':
        return state.status === 'unknown' ? state : { ...state, status: 'revoked' };
    }
  },

  decide(command: IatCommand, state: IatState): Decision<IatEvent, IatRefusal> {
    switch (command.type) {
      case 'mint-iat':
        return mint(command, state);
      case 'close-iat':
        if (state.status === 'unknown') return refuse('iat_unknown');
        // A second close, or a close of what is revoked, changes nothing: it is already so.
        if (state.status !== 'open') return decided();
        return decided({ type: 'iat.closed', iatId: state.iatId, reason: command.reason, by: command.by });
      case 'revoke-iat':
        if (state.status === 'unknown') return refuse('iat_unknown');
        if (state.status === 'revoked') return decided();
        return decided({ type: 'iat.revoked', iatId: state.iatId, reason: command.reason, by: command.by });
    }
  },
};

function mint(command: Extract<IatCommand, { type: 'mint-iat' }>, state: IatState): Decision<IatEvent, IatRefusal> {
  if (state.status !== 'unknown') return refuse('iat_exists');
  if (!command.class) return refuse('class_unknown');
  if (command.uses > command.class.maxUses) return refuse('uses_exceed_class');
  if (command.expiresAt <= command.at) return refuse('expiry_past');
  if (command.expiresAt > command.at + command.class.maxIatLifetime) return refuse('expiry_exceeds_class');
  const { scope = command.class.scope, audiences = command.class.audiences } = command;
  if (!within(scope, command.class.scope)) return refuse('scope_exceeds_class');
  if (!within(audiences, command.class.audiences)) return refuse('audience_exceeds_class');
  // Whoever holds the token makes an agent of it, himself if he likes.
  if (exceedsOperator({ scope, audiences }, command, command.config)) return refuse('scope_exceeds_operator');
  return decided({
    type: 'iat.minted',
    iatId: command.iatId,
    class: command.class.class,
    uses: command.uses,
    expiresAt: command.expiresAt,
    tokenHash: command.tokenHash,
    ...(command.jkt !== undefined && { jkt: command.jkt }),
    // Whoever holds the token got this much and no more, whatever the class comes to say.
    scope: [...scope],
    audiences: [...audiences],
    ...(command.owner !== undefined && { owner: command.owner }),
    ...(command.note !== undefined && { note: command.note }),
    by: command.by,
  });
}
