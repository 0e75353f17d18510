import { keyRing, type KeyRingCommand, type KeyRingState } from '@chancery/domain';
import { type EventStore, type NotRevoked, StoreUnavailable } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { type Acted, firstOf } from '../admin/act.js';
import { KeyRefused, type KeyPurpose } from './key-ring.js';

/** Turns what the ring is now into the next command, or undefined when nothing is left to do. */
export type NextCommand = (state: KeyRingState) => KeyRingCommand | undefined;

/** The most rounds two replicas may lose to each other before one gives up. */
const rounds = 8;

/**
 * Decides one change of a purpose's keys and records it at exactly the revision it was read at; whoever loses that race reads again and
 * decides again. `notRevoked` is what the one who acts rests on. Throws KeyRefused, or StoreUnavailable.
 */
export async function recordKey(
  store: EventStore,
  purpose: KeyPurpose,
  next: NextCommand,
  notRevoked: readonly NotRevoked[] = [],
): Promise<Acted> {
  const stream = streamOf(purpose);
  for (let round = 0; round < rounds; round++) {
    const { state, revision } = await store.fold(stream, keyRing, 'fresh');
    const command = next(state);
    if (!command) return { already: true };
    const decision = keyRing.decide(command, state);
    if (!decision.ok) throw new KeyRefused(decision.refusal);
    if (decision.events.length === 0) return { already: true };
    const recorded = await store.append({ streams: [{ stream, expected: revision, events: decision.events }], notRevoked });
    if (recorded.outcome === 'recorded')
      return { already: false, ...(await firstOf(store, { stream, revision, events: decision.events }, recorded)) };
    if (recorded.outcome !== 'stale') throw new KeyRefused('requester_revoked');
  }
  throw new StoreUnavailable(`the keys for ${purpose} go on changing`);
}

/** One stream per purpose. */
export const streamOf = (purpose: KeyPurpose): string => streamName('key', purpose);
