import { agent, type KnownAgent } from '@chancery/domain';
import {
  again,
  type EventStore,
  type Folded,
  lastingReservation,
  type PostgresEventStore,
  type StreamAppend,
  twice,
} from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { type FirstOperator, registration } from './seed.js';

export interface OperatorReset {
  readonly operator: FirstOperator;
  readonly reason: string;
  /** Leaves the operators that were made so before as they are. */
  readonly keep: boolean;
}

/**
 * Makes another first operator and ends those there were, in one append, as `system`: whose credential is lost, nobody knows who has it. Operators that belong
 * to a class are somebody's, and stay. @returns the ids of those that ended @throws StoreUnavailable when they kept changing
 */
export function resetOperator(
  store: PostgresEventStore,
  issuer: string,
  { operator, reason, keep }: OperatorReset,
): Promise<readonly string[]> {
  return twice(async () => {
    const streams = await operatorStreams(store);
    const before = keep ? [] : await firstOperators(streams, store);
    const recorded = await store.append({
      streams: [
        { stream: streamName('agent', operator.clientId), expected: 0, events: [{ ...registration(issuer, operator), reason }] },
        ...before.map(({ state: { agentId }, revision }): StreamAppend => {
          return {
            stream: streamName('agent', agentId),
            expected: revision,
            events: [{ type: 'agent.revoked', agentId, reason, by: 'system' }],
          };
        }),
      ],
      // The how manieth it is: whoever makes one at the same time has not seen this one, and would leave it.
      reserve: [lastingReservation('first-operator', [String(streams.length + 1)])],
    });
    return recorded.outcome === 'recorded' ? before.map(({ state }) => state.agentId) : again;
  });
}

/** From the log itself: the list of agents stands still while nothing serves. */
async function operatorStreams(store: PostgresEventStore): Promise<readonly string[]> {
  const rows: readonly { stream: string }[] = await store.dataSource.query(
    String.raw`select distinct stream from es.event where stream like 'main/agent/op\_%' order by stream`,
  );
  return rows.map(({ stream }) => stream);
}

/** Those that a first start or a reset made and nobody has ended. */
async function firstOperators(streams: readonly string[], store: EventStore): Promise<readonly Folded<KnownAgent>[]> {
  const found: Folded<KnownAgent>[] = [];
  for (const stream of streams) {
    const one = await known(store, stream);
    if (one !== undefined) found.push(one);
  }
  return found;
}

async function known(store: EventStore, stream: string): Promise<Folded<KnownAgent> | undefined> {
  const { state, ...rest } = await store.fold(stream, agent, 'fresh');
  const ours = state.status !== 'unknown' && state.status !== 'revoked' && state.class === undefined && state.iatId === undefined;
  return ours ? { state, ...rest } : undefined;
}
