import { setTimeout as pause } from 'node:timers/promises';
import type { Bus } from '@chancery/eventstore';
import type { Log } from '@chancery/platform';
import type { Gate } from './gate.js';
import type { GroupCommit } from './group-commit.js';
import type { Segment } from './segment.js';
import type { Segments } from './segments.js';

export interface DrainerDeps {
  readonly bus: Pick<Bus, 'publish'>;
  readonly segments: Segments;
  readonly commit: GroupCommit;
  /** Closed for the last few records: under load there is no moment in which nothing waits, unless somebody makes one. */
  readonly gate: Gate;
  readonly gateway: string;
  readonly log: Log;
  /** Milliseconds. */
  readonly retries: { readonly first: number; readonly most: number };
}

export interface Drainer {
  /** Goes on until nothing waits any more. */
  begin(): void;
  /** What is on its way may arrive or not: it waits on the disk. */
  stop(): Promise<void>;
}

/** Records that the bus takes in one go. */
const few = 500;

/** Hands what waits to the bus, oldest first, page by page, and tries again for as long as it takes. A record may arrive twice, never out of its place. */
export function drainer({ bus, segments, commit, gate, gateway, log, retries }: DrainerDeps): Drainer {
  const stopped = new AbortController();
  const { signal } = stopped;
  let running: Promise<void> | undefined;
  let wait = retries.first;

  const drain = async (): Promise<void> => {
    let count = 0;
    while (!signal.aborted) {
      const segment = segments.oldest;
      if (segment && !segment.drained) count += await tryPage(segment);
      else if (segment && !(segments.current(segment) && commit.busy)) void segments.drop();
      else if (commit.busy) await commit.round();
      else break;
    }
    // Nothing is awaited between this and the look: whoever comes now finds the way to the bus free.
    running = undefined;
    gate.open();
    if (count > 0 && !signal.aborted) log.info({ name: gateway, count }, 'the spool is empty: activity records go to the bus');
  };

  const tryPage = async (segment: Segment): Promise<number> => {
    try {
      const page = await segment.page();
      if (page.records.length > 0) await orStopped(bus.publish(page.records), signal);
      if (page.damaged > 0) log.error({ name: gateway, count: page.damaged }, 'records in the spool were damaged and are lost');
      segment.took(page);
      if (segments.records <= few) gate.close();
      wait = retries.first;
      return page.records.length;
    } catch (err) {
      gate.open();
      if (signal.aborted) return 0;
      log.warn({ name: gateway, count: segments.records, err }, 'activity records wait in the spool');
      await pause(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, retries.most);
      return 0;
    }
  };

  return {
    begin: () => void (running ??= signal.aborted ? undefined : drain()),
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** A bus that is away may take its time to say so, and a stop does not wait for it. */
async function orStopped(published: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Error('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([published, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
