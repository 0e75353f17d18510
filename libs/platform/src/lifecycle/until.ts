import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds. A first start has nothing to load; a large revocation set takes its time. */
const patience = 60_000;

/** Resolves when nothing is missing any more. Rejects with the names of what still is after a minute, or when the start is given up. */
export async function until(missing: () => Promise<readonly string[]> | readonly string[], signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patience;
  for (let names = await missing(); names.length > 0; names = await missing()) {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`not ready after ${patience / 1000} s: ${names.join(', ')}`);
    await pause(20);
  }
}
