import { setTimeout as sleep } from 'node:timers/promises';
import { callApi } from '../client/client.js';
import type { Ended, Journal } from './journal.js';

export interface EndedWatch {
  /** Acceptances that began later than the bound after a revocation had answered. */
  readonly late: readonly string[];
  /** Milliseconds from each revocation's answer to the first refusal at the last gateway. */
  readonly refusedAfter: readonly number[];
  /** Tries every mandate that was ended once more at every gateway, and ends the watch. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly journal: Pick<Journal, 'ended'>;
  /** The door of each gateway. */
  readonly gateways: readonly string[];
  /** Milliseconds. */
  readonly bound: number;
}

/** What a gateway said to a token: let through, refused, or nothing that could be known. */
type Verdict = 'accepted' | 'refused' | 'unknown';

/** Calls with tokens whose mandate is over, at every gateway, until each has refused: one that is accepted too late is what must not be. */
export function watchEnded({ journal, gateways, bound }: WatchOptions): EndedWatch {
  const stopping = new AbortController();
  const late: string[] = [];
  const refusedAfter: number[] = [];
  const look = async ({ agent, token, stream, answeredAt }: Ended, at: string): Promise<Verdict> => {
    const began = performance.now();
    const verdict = await callApi(agent, token, { at }).then(
      ({ status }) => (status === 200 ? 'accepted' : status === 401 ? 'refused' : 'unknown'),
      () => 'unknown' as const,
    );
    if (verdict === 'accepted' && began - answeredAt > bound)
      late.push(`${stream} was accepted ${Math.round(began - answeredAt)} ms after its end, at ${at}`);
    return verdict;
  };
  const follow = async (ended: Ended): Promise<void> => {
    const open = new Set(gateways);
    while (open.size > 0 && !stopping.signal.aborted) {
      for (const at of open) if ((await look(ended, at)) === 'refused') open.delete(at);
      if (open.size > 0) await sleep(20, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    if (open.size === 0) refusedAfter.push(performance.now() - ended.answeredAt);
  };
  const watch = async (): Promise<void> => {
    for (let next = 0; !stopping.signal.aborted;) {
      const ended = journal.ended[next];
      if (ended) {
        next += 1;
        await follow(ended);
      } else await sleep(10, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  const close = async (): Promise<void> => {
    stopping.abort();
    await watching;
  };
  return {
    late,
    refusedAfter,
    close,
    async stop() {
      await close();
      for (const ended of journal.ended) for (const at of gateways) await look(ended, at);
    },
  };
}
