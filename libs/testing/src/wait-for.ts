import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitForOptions {
  /** Milliseconds until it fails; 10 000 unless told. */
  readonly timeout?: number;
  /** Milliseconds between two looks; 20 unless told. */
  readonly every?: number;
}

type Met<T> = Exclude<T, undefined | null | false | 0 | ''>;

/** Looks until `condition` answers something truthy, and answers that; a throw counts as "not yet". Fails with what was seen last. */
export async function waitFor<T>(condition: () => T | Promise<T>, { timeout = 10_000, every = 20 }: WaitForOptions = {}): Promise<Met<T>> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const seen = await look(condition);
    if ('value' in seen && seen.value) return seen.value as Met<T>;
    if (performance.now() >= deadline) throw notMet(seen, timeout);
    await sleep(every);
  }
}

type Seen<T> = { value: T } | { error: unknown };

async function look<T>(condition: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await condition() };
  } catch (error) {
    return { error };
  }
}

function notMet(seen: Seen<unknown>, timeout: number): Error {
  if ('error' in seen) return new Error(`not met within ${timeout} ms; the last look threw`, { cause: seen.error });
  return new Error(`not met within ${timeout} ms; the last look saw ${inspect(seen.value, { depth: 4, maxStringLength: 500 })}`);
}
