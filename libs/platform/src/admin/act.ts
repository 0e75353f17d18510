import type { Decision } from '@chancery/domain';
import { again, type EventStore, type Fold, type NotRevoked, twice } from '@chancery/eventstore';
import type { ChanceryEvent } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';

export interface Act<State, Event extends ChanceryEvent, Command, Refusal extends string> {
  readonly store: EventStore;
  readonly stream: string;
  readonly decider: Fold<State, Event> & { decide(command: Command, state: State): Decision<Event, Refusal> };
  readonly command: Command;
  /** What the one who acts rests on: an operator's own keys. */
  readonly notRevoked: readonly NotRevoked[];
  /** What the wire says for each decided no. */
  refuse(refusal: Refusal): OAuthError;
}

/** When it was recorded (microseconds, database's clock), or that it was so already. */
export type Acted = { readonly already: false; readonly at: number } | { readonly already: true };

/**
 * A command on one stream: read, decide, record; read and decide once more when somebody was faster. A command that finds its
 * effect already there records nothing. @throws OAuthError for a refusal, StoreUnavailable after the second stale reading.
 */
export function act<State, Event extends ChanceryEvent, Command, Refusal extends string>(
  work: Act<State, Event, Command, Refusal>,
): Promise<Acted> {
  return twice<Acted>(async () => {
    // Always fresh: an operator must not be told "already so" by a cache.
    const { state, revision } = await work.store.fold(work.stream, work.decider, 'fresh');
    const decision = work.decider.decide(work.command, state);
    if (!decision.ok) throw work.refuse(decision.refusal);
    if (decision.events.length === 0) return { already: true };
    const recorded = await work.store.append({
      streams: [{ stream: work.stream, expected: revision, events: decision.events }],
      notRevoked: work.notRevoked,
    });
    if (recorded.outcome === 'stale') return again;
    if (recorded.outcome === 'recorded') return { already: false, at: recorded.at };
    throw new OAuthError('invalid_token', { refusal: 'requester_revoked', scheme: 'DPoP' });
  });
}
