import { within } from '../sets.js';
import type { KnownAgent } from './agent.decider.js';
import type { Metadata } from './register.js';

/** Whether an agent that replaces its registration becomes more than it was, or another by name or key: not the one that an operator approved. */
export function exceedsApproved(known: KnownAgent, now: Metadata): boolean {
  return (
    known.name !== now.name ||
    known.authMethod !== now.authMethod ||
    known.jwksUri !== now.jwksUri ||
    known.signingAlg !== now.signingAlg ||
    (known.dpopBound && !now.dpopBound) ||
    !within(keysOf(now), keysOf(known)) ||
    !within(now.scope, known.scope) ||
    !within(now.audiences, known.audiences) ||
    !within(now.grantTypes, known.grantTypes)
  );
}

/** Keys by what they are: the members come in one order from a request and in another from the log. */
const keysOf = ({ jwks = [] }: Pick<Metadata, 'jwks'>): readonly string[] =>
  jwks.map(({ kty, crv, x, y, n, e }) => [kty, crv, x, y, n, e].join(' '));
