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

function renewed({ graceEndsAt: _before, ...state }: KnownAgent, { leaseEndsAt, graceEndsAt }: Renewed): KnownAgent {
  return { ...state, leaseEndsAt, ...(graceEndsAt !== undefined && { graceEndsAt }) };
}

/** Of the registration before, only what a replacement says is another: who it is, where it came from, until when and how it stands is not its to say. */
function replaced(state: KnownAgent, event: Replaced): KnownAgent {
  const { type: _type, by: _by, previousRatEndsAt: _endsAt, ...metadata } = event;
  const { name: _name, jwks: _jwks, jwksUri: _jwksUri, signingAlg: _alg, secretHash, previousSecret, ...kept } = withNewRat(state, event);
  return {
    ...kept,
    ...metadata,
    // The overlap of a rotation goes on as long as the secret that came of it is there.
    ...(previousSecret && event.secretHash === secretHash && { previousSecret }),
  };
}

const withNewRat = (state: KnownAgent, { ratHash, previousRatEndsAt }: { ratHash: string; previousRatEndsAt: number }): KnownAgent => ({
  ...state,
  ratHash,
  answered: true,
  ...(state.ratHash !== undefined && { previousRat: { hash: state.ratHash, endsAt: previousRatEndsAt } }),
});
