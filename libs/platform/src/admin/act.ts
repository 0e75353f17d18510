import type { Decision } from '@chancery/domain';
import { again, type EventStore, type Fold, type NotRevoked, twice } from '@chancery/eventstore';
import { type ChanceryEvent, encodeEvent } from '@chancery/events';
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

/** An event as it was recorded: when (microseconds, database's clock), and its position in the store. */
export interface Recorded {
  readonly at: number;
  readonly position: bigint;
}

/** What an act recorded; or that it was so already, and which event had made it so where that is easily known. */
export type Acted = ({ readonly already: false } & Recorded) | ({ readonly already: true } & Partial<Recorded>);

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
    if (decision.events.length === 0) return { already: true, ...(await endedBy(work)) };
    const recorded = await work.store.append({
      streams: [{ stream: work.stream, expected: revision, events: decision.events }],
      notRevoked: work.notRevoked,
    });
    if (recorded.outcome === 'stale') return again;
    if (recorded.outcome === 'recorded')
      return { already: false, ...(await firstOf(work.store, { stream: work.stream, revision, events: decision.events }, recorded)) };
    throw new OAuthError('invalid_token', { refusal: 'requester_revoked', scheme: 'DPoP' });
  });
}

/**
 * The first event of an append, which is the one that was asked for: what follows from it comes after it. The outcome names the last one, and
 * positions of one append need not be neighbours.
 */
export async function firstOf(
  store: EventStore,
  { stream, revision, events }: { readonly stream: string; readonly revision: number; readonly events: readonly ChanceryEvent[] },
  { at, position }: Recorded,
): Promise<Recorded> {
  return events.length === 1 ? { at, position } : { at, position: (await store.read(stream))[revision]?.position ?? position };
}

/** What ended it, where nothing came after that: gateways may still be on their way to it. */
async function endedBy({ store, stream }: { readonly store: EventStore; readonly stream: string }): Promise<Recorded | undefined> {
  const last = (await store.read(stream)).at(-1);
  return last && encodeEvent(last.event).revokes.length > 0 ? { at: last.at, position: last.position } : undefined;
}
