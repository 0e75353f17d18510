import { lapsing } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { limits } from '@chancery/oauth';
import type { Clocks } from './clocks.js';
import type { DueLease, DueLeases } from './due-leases.js';

export interface ReapDeps {
  readonly store: EventStore;
  readonly due: DueLeases;
  readonly clocks: Clocks;
  /** Ends a round after those in hand. */
  readonly signal: AbortSignal;
}

/**
 * Looks once at every lease that is due. Each is decided from its stream and recorded at that revision, so that a round may end anywhere, and two may
 * run at once. @throws StoreUnavailable when some could not be, after all the others
 */
export async function reap(deps: ReapDeps): Promise<void> {
  const { due, clocks, signal } = deps;
  let page: readonly DueLease[] = [];
  let failed: PromiseRejectedResult | undefined;
  do {
    const at = clocks.agreed();
    if (at === undefined) break;
    page = await due(at, page.at(-1));
    const reaped = await Promise.allSettled(page.map(({ agentId }) => reapOne(agentId, deps)));
    // A stream that cannot be read keeps nobody else from being reaped.
    failed ??= reaped.find((one) => one.status === 'rejected');
  } while (page.length > 0 && !signal.aborted);
  if (failed) throw failed.reason;
}

async function reapOne(agentId: string, { store, clocks, signal }: ReapDeps): Promise<void> {
  if (signal.aborted) return;
  const stream = streamName('agent', agentId);
  const { state, revision } = await store.fold(stream, lapsing, 'fresh');
  // After the reading, which brings the database's time: a clock that has jumped since the round began is known by now.
  const at = clocks.agreed();
  if (at === undefined || signal.aborted) return;

  const decision = lapsing.decide({ type: 'lapse-lease', at: Math.floor(at), warnAhead: limits.leaseWarningSeconds }, state);
  if (!decision.ok || decision.events.length === 0) return;

  // Whoever was faster, by a renewal for one, leaves it to the next round to look again.
  await store.append({ streams: [{ stream, expected: revision, events: decision.events }] });
}
