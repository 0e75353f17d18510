import type { Context } from '../command.js';
import { Refused } from '../failure.js';
import { progress } from '../roll/progress.js';
import { followGateways } from './follow-gateways.js';
import type { GatewayList } from './gateway-list.js';
import { FanOutWatch, type Revocation, type Standing } from './in-force.js';

/** How the waiting ended. */
export interface Awaited {
  readonly end: 'in-force' | 'over' | 'nobody' | 'interrupted' | 'unreadable';
  /** Undefined where no list was ever seen. */
  readonly standing?: Standing;
  /** Why the list could not be read. */
  readonly cause?: Refused;
}

/** Seconds to wait where no gateway says what its budget is: the longest one there is by default. */
const usualBudget = 30;

/**
 * Waits until a revocation is in force at every gateway, at most for the longest budget of any: by then those that have not heard of it deny everything.
 * Never rejects for what Chancery answers: the revocation stands whatever becomes of the waiting.
 */
export async function awaitGateways(revocation: Revocation, { admin, terminal, untilInterrupted }: Context): Promise<Awaited> {
  const interrupted = untilInterrupted();
  const late = deadline(usualBudget);
  const shown = progress(terminal, { unit: 'gateways' });
  let watch: FanOutWatch | undefined;
  const show = (): void => watch && shown.at({ done: watch.standing.inForce, of: watch.standing.of });
  const drawing = setInterval(show, 250);
  const ended = (end: Awaited['end'], cause?: unknown): Awaited => ({
    end,
    ...(watch && { standing: watch.standing }),
    ...(cause instanceof Refused && { cause }),
  });

  try {
    for await (const list of followGateways(admin, AbortSignal.any([interrupted, late.signal]))) {
      watch ??= new FanOutWatch(revocation, list);
      const end = judge(watch, list);
      if (end) return ended(end);
      late.move(watch.standing.longestBudget ?? usualBudget);
    }
    return ended(interrupted.aborted ? 'interrupted' : 'over');
  } catch (error) {
    if (error instanceof Refused) return ended('unreadable', error);
    throw error;
  } finally {
    clearInterval(drawing);
    late.clear();
    shown.end();
  }
}

function judge(watch: FanOutWatch, list: GatewayList): 'nobody' | 'in-force' | undefined {
  watch.take(list);
  const { inForce, of } = watch.standing;
  if (of === 0) return 'nobody';
  return inForce === of ? 'in-force' : undefined;
}

/** A signal for so many seconds from now, counted from the beginning however often they change. */
function deadline(seconds: number): { readonly signal: AbortSignal; move(seconds: number): void; clear(): void } {
  const began = performance.now();
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const move = (to: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => over.abort(), Math.max(0, began + to * 1_000 - performance.now()));
  };
  move(seconds);
  return { signal: over.signal, move, clear: () => clearTimeout(timer) };
}
