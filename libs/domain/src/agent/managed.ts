import type { AgentEvent } from '@chancery/events';
import type { KnownAgent } from './agent.decider.js';

type Replaced = Extract<AgentEvent, { type: 'agent.registration-replaced' }>;
type Renewed = Extract<AgentEvent, { type: 'agent.renewed' }>;
type Management = Extract<
  AgentEvent,
  {
    type:
      | 'agent.registration-replaced'
      | 'agent.renewed'
      | 'agent.key-removed'
      | 'agent.secret-rotated'
      | 'agent.rat-confirmed'
      | 'agent.credentials-reissued';
  }
>;

/** What an agent did to its own registration. */
export function managed(state: KnownAgent, event: Management): KnownAgent {
  switch (event.type) {
    case 'agent.registration-replaced':
      return replaced(state, event);
    case 'agent.renewed':
      return renewed(state, event);
    case 'agent.key-removed':
      // What it ends is in the revocation set; the keys that are left came with the registration.
      return state;
    case 'agent.secret-rotated':
      return {
        ...withNewRat(state, event),
        secretHash: event.secretHash,
        ...(state.secretHash !== undefined && { previousSecret: { hash: state.secretHash, endsAt: event.previousSecretEndsAt } }),
      };
    case 'agent.rat-confirmed': {
      const { previousRat: _previousRat, ...confirmed } = state;
      return confirmed;
    }
    case 'agent.credentials-reissued': {
      const { ratHash, secretHash } = event;
      return { ...state, ratHash, ...(secretHash !== undefined && { secretHash }) };
    }
  }
}

/** Another lease: nothing was recorded of it yet. */
function renewed(
  { graceEndsAt: _before, leaseRecorded: _recorded, ...state }: KnownAgent,
  { leaseEndsAt, graceEndsAt }: Renewed,
): KnownAgent {
  return { ...state, leaseEndsAt, ...(graceEndsAt !== undefined && { graceEndsAt }) };
}

/** Of the registration before, only what a replacement says is another: who it is, where it came from, until when and how it stands is not its to say. */
function replaced(state: KnownAgent, event: Replaced): KnownAgent {
  const { type: _type, by: _by, previousRatEndsAt: _endsAt, ...metadata } = event;
  const {
    name: _name,
    jwks: _jwks,
    jwksUri: _jwksUri,
    signingAlg: _alg,
    awaitsApproval: _approval,
    secretHash,
    previousSecret,
    ...kept
  } = withNewRat(state, event);
  return {
    ...kept,
    ...metadata,
    ...(event.awaitsApproval && { status: 'pending' }),
    // The overlap of a rotation goes on as long as the secret that came of it is there.
    ...(previousSecret && event.secretHash === secretHash && { previousSecret }),
  };
}

const withNewRat = (state: KnownAgent, { ratHash, previousRatEndsAt }: { ratHash: string; previousRatEndsAt: number }): KnownAgent => ({
  ...state,
  ratHash,
  answered: true,
  changes: inMinute(state.changes, previousRatEndsAt),
  ...(state.ratHash !== undefined && { previousRat: { hash: state.ratHash, endsAt: previousRatEndsAt } }),
});

/** Seconds. */
const minute = 60;

// When something changed follows from the end it gave to the token before: both are as far apart as any two.
const inMinute = (before: KnownAgent['changes'], endsAt: number): NonNullable<KnownAgent['changes']> =>
  before && endsAt < before.from + minute ? { ...before, count: before.count + 1 } : { from: endsAt, count: 1 };

/** Whether an agent has changed its registration as often as it may: each change adds to its stream, and each key that leaves to the revocation set. */
export const changesOften = (
  { changes }: KnownAgent,
  { previousRatEndsAt, mostChanges }: { previousRatEndsAt: number; mostChanges: number },
): boolean => changes !== undefined && changes.count >= mostChanges && previousRatEndsAt < changes.from + minute;
