import { UnreadableEvent } from '@chancery/events';
import { type BusRecord, Unhandleable } from '../bus.js';
import { isDataException } from './is-data-exception.js';
import { isOutage } from './is-outage.js';
import type { SourcedRecord } from './source.js';

/** A record that its group did not handle: it failed itself, or it waits behind one of its key that did. */
export interface SetAside {
  readonly record: BusRecord;
  readonly state: 'failed' | 'held';
  readonly cause: string;
}

export interface AttemptOptions {
  handle(records: readonly BusRecord[]): Promise<void>;
  /** Milliseconds before each further try of a record that failed; after the last one it is set aside. */
  readonly retries: readonly number[];
  /** Waits; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  readonly signal: AbortSignal;
}

/** Milliseconds between two tries while something that the handler needs is away. */
const outagePause = 1_000;

/**
 * Hands a page to the handler: whole, and when that throws, record by record. Answers what has to be set aside, in order; everything else was handled.
 * Keys in `held` are not touched.
 */
export async function attempt(
  page: readonly SourcedRecord[],
  held: ReadonlySet<string>,
  options: AttemptOptions,
): Promise<readonly SetAside[]> {
  const { ready, setAside } = sort(page, held);
  if (ready.length === 0) return setAside;
  const whole = await tryOnce(ready, options);
  if (!whole) return setAside;
  const failed = await oneByOne(ready, ready.length === 1 ? whole : undefined, options);
  const order = new Map(page.map(({ record }, index) => [record, index]));
  return [...setAside, ...failed].toSorted((a, b) => (order.get(a.record) ?? 0) - (order.get(b.record) ?? 0));
}

/** The cause as people read it: bounded, and without a stack. */
export const causeOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : 'not an error').slice(0, 512);

function sort(page: readonly SourcedRecord[], held: ReadonlySet<string>): { ready: BusRecord[]; setAside: SetAside[] } {
  const blocked = new Set(held);
  const ready: BusRecord[] = [];
  const setAside: SetAside[] = [];
  for (const { record, unreadable } of page) {
    if (blocked.has(record.key)) setAside.push(behind(record));
    else if (unreadable === undefined) ready.push(record);
    else {
      blocked.add(record.key);
      setAside.push({ record, state: 'failed', cause: unreadable });
    }
  }
  return { ready, setAside };
}

const behind = (record: BusRecord): SetAside => ({ record, state: 'held', cause: 'held' });

/** `first` is what a single record has failed with already. */
async function oneByOne(records: readonly BusRecord[], first: Failure | undefined, options: AttemptOptions): Promise<SetAside[]> {
  const blocked = new Set<string>();
  const setAside: SetAside[] = [];
  for (const record of records) {
    if (blocked.has(record.key)) {
      setAside.push(behind(record));
      continue;
    }
    const cause = await tryAlone(record, first, options);
    if (cause === undefined) continue;
    blocked.add(record.key);
    setAside.push({ record, state: 'failed', cause });
  }
  return setAside;
}

interface Failure {
  readonly error: unknown;
}

/** Undefined when it was handled in the end, else the cause of the last failure. */
async function tryAlone(record: BusRecord, first: Failure | undefined, options: AttemptOptions): Promise<string | undefined> {
  const { retries, sleep, signal } = options;
  let failure = first ?? (await tryOnce([record], options));
  for (let tries = 0; failure;) {
    const { error } = failure;
    if (error instanceof Unhandleable || error instanceof UnreadableEvent || isDataException(error)) return causeOf(error);
    // The record is not to blame, and neither would the next ones be: all of them would end up in quarantine.
    if (isOutage(error)) await sleep(outagePause, signal);
    else {
      const pause = retries[tries++];
      if (pause === undefined) return causeOf(error);
      await sleep(pause, signal);
    }
    failure = await tryOnce([record], options);
  }
  return undefined;
}

async function tryOnce(records: readonly BusRecord[], { handle, signal }: AttemptOptions): Promise<Failure | undefined> {
  signal.throwIfAborted();
  try {
    await handle(records);
    return undefined;
  } catch (error) {
    return { error };
  }
}
