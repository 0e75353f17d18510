import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for the work, and at most so many milliseconds: then it is left to itself. */
export async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const enough = new AbortController();
  try {
    await Promise.race([work, sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined)]);
  } finally {
    enough.abort();
  }
}
