import type { IatEvent } from '@chancery/events';
import type { IatClass } from '../config/config.decider.js';
import { decided, type Decision, refuse } from '../decision.js';

export type IatState = { readonly status: 'unknown' } | KnownIat;

/** An initial access token as it was minted, and how it stands. */
export interface KnownIat {
  readonly status: 'open' | 'closed' | 'revoked';
  readonly iatId: string;
  readonly class: string;
  readonly uses: number;
  readonly expiresAt: number;
  readonly tokenHash: string;
  /** The most that it opens: its class as it was at minting. Absent where that was not recorded. */
  readonly scope?: readonly string[];
  readonly audiences?: readonly string[];
  readonly note?: string;
  readonly mintedBy: string;
}

export type IatCommand =
  | {
      type: 'mint-iat';
      /** Seconds, by the database's clock. */
      at: number;
      iatId: string;
      /** The class as it stands now; undefined: there is none of that name. */
      class: IatClass | undefined;
      uses: number;
      expiresAt: number;
      tokenHash: string;
      note?: string;
      by: string;
    }
  | { type: 'close-iat'; reason: string; by: string }
  | { type: 'revoke-iat'; reason: string; by: string };

export type IatRefusal = 'class_unknown' | 'uses_exceed_class' | 'expiry_exceeds_class' | 'expiry_past' | 'iat_unknown' | 'iat_exists';

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
          ...(event.scope && { scope: event.scope }),
          ...(event.audiences && { audiences: event.audiences }),
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
  return decided({
    type: 'iat.minted',
    iatId: command.iatId,
    class: command.class.class,
    uses: command.uses,
    expiresAt: command.expiresAt,
    tokenHash: command.tokenHash,
    // Whoever holds the token got this much and no more, whatever the class comes to say.
    scope: [...command.class.scope],
    audiences: [...command.class.audiences],
    ...(command.note !== undefined && { note: command.note }),
    by: command.by,
  });
}
