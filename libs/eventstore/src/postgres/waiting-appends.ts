import type { PreparedAppend } from '../append/prepared.js';
import { StoreUnavailable, type AppendOutcome } from '../contract.js';

/** An append on its way to an answer. */
export interface Waiting {
  readonly prepared: PreparedAppend;
  answer(outcome: AppendOutcome): void;
  fail(error: Error): void;
}

export interface WaitingAppends {
  /** Resolves with what became of it. Rejects with StoreUnavailable. */
  add(prepared: PreparedAppend): Promise<AppendOutcome>;
  /** The next batch, as soon as there is one; undefined when `signal` aborts first. Its streams stay taken until `done`. */
  take(signal: AbortSignal): Promise<readonly Waiting[] | undefined>;
  /** Frees the streams of a batch, once each of its appends has its answer. */
  done(batch: readonly Waiting[]): void;
  /** Answers everything that no lane has taken. */
  failAll(error: Error): void;
}

/** Memory stays flat while the store is away: the next one gets 503 at once. */
const mostWaiting = 10_000;
/** A call of the append function has fewer than 4 096 events. */
const mostEvents = 4_000;

/**
 * Group commit without a timer (design §4): whoever arrives while a batch is in flight goes together in the next. Over all lanes one append per
 * stream is in flight; the rest wait, in order.
 */
export function waitingAppends(mostAppends: number): WaitingAppends {
  let queue: Waiting[] = [];
  let scheduled = false;
  const taken = new Set<string>();
  const takers: ((batch: readonly Waiting[]) => void)[] = [];

  const free = ({ prepared }: Waiting) => prepared.streams.every(({ stream }) => !taken.has(stream));
  const cut = (): readonly Waiting[] => {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    let events = 0;
    for (const waiting of queue) {
      const fits = batch.length < mostAppends && events + waiting.prepared.events.length <= mostEvents && free(waiting);
      (fits ? batch : rest).push(waiting);
      if (!fits) continue;
      events += waiting.prepared.events.length;
      for (const { stream } of waiting.prepared.streams) taken.add(stream);
    }
    queue = rest;
    return batch;
  };
  const hand = () => {
    scheduled = false;
    while (takers.length > 0) {
      const batch = cut();
      if (batch.length === 0) return;
      takers.shift()?.(batch);
    }
  };
  // Callers of one turn of the event loop go together.
  const schedule = () => {
    if (scheduled || takers.length === 0) return;
    scheduled = true;
    queueMicrotask(hand);
  };

  return {
    add: (prepared) =>
      new Promise((answer, fail) => {
        if (queue.length >= mostWaiting) return fail(new StoreUnavailable('too many appends are waiting'));
        queue.push({ prepared, answer, fail });
        schedule();
      }),
    take: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const taker = (batch: readonly Waiting[]) => {
          signal.removeEventListener('abort', leave);
          resolve(batch);
        };
        const leave = () => {
          takers.splice(takers.indexOf(taker), 1);
          resolve(undefined);
        };
        signal.addEventListener('abort', leave, { once: true });
        takers.push(taker);
        schedule();
      }),
    done(batch) {
      for (const { prepared } of batch) for (const { stream } of prepared.streams) taken.delete(stream);
      schedule();
    },
    failAll(error) {
      const failed = queue;
      queue = [];
      for (const waiting of failed) waiting.fail(error);
    },
  };
}
