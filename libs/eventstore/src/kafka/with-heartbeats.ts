import { setInterval as ticks } from 'node:timers/promises';

/**
 * Does work while the group hears that this member is alive: a handler may take long, and wait long between tries. Answers whether it was done.
 * @throws what a heartbeat met: the partition is another member's now, and the work's signal was aborted
 */
export async function withHeartbeats(
  heartbeat: () => Promise<void>,
  { every, signal }: { every: number; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const lost = new AbortController();
  const done = new AbortController();
  const aborted = AbortSignal.any([signal, lost.signal]);
  const beating = beat(heartbeat, every, done.signal).catch((error: unknown) => lost.abort(error));
  try {
    await work(aborted);
    return true;
  } catch (error) {
    if (lost.signal.aborted) throw lost.signal.reason;
    if (signal.aborted) return false;
    throw error;
  } finally {
    done.abort();
    await beating;
  }
}

async function beat(heartbeat: () => Promise<void>, every: number, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of ticks(every, undefined, { signal })) await heartbeat();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
