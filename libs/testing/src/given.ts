import { expect } from 'vitest';

/** Structural on purpose: importing the domain's type would make a cycle, since the domain's own specs import this. */
interface Decides<C, S, E> {
  initial: S;
  evolve(state: S, event: E): S;
  decide(command: C, state: S): { ok: true; events: readonly E[] } | { ok: false; refusal: string };
}

/** A decider's story: after `history`, `when` a command comes, `then` exactly these events, in this order, or a refusal. */
export function given<C, S, E>(decider: Decides<C, S, E>, ...history: E[]) {
  const state = history.reduce((folded, event) => decider.evolve(folded, event), decider.initial);
  return {
    when(command: C) {
      const decision = decider.decide(command, state);
      return {
        then: (...events: E[]) => expect(decision).toEqual({ ok: true, events }),
        thenNothing: () => expect(decision).toEqual({ ok: true, events: [] }),
        thenRefused: (refusal: string) => expect(decision).toEqual({ ok: false, refusal }),
      };
    },
  };
}
