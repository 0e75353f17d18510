import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, Quarantined } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';
import type { Log } from '@chancery/platform';
import { decisionRecord } from './decision-record.js';
import { notInQuarantine, type RetryRequest } from './quarantine-request.js';

export interface QuarantineDeps {
  readonly bus: Pick<Bus, 'quarantined' | 'retry' | 'drop' | 'publish'>;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly log: Log;
  /** Milliseconds a retry is waited for; 8 000 unless told. */
  readonly patience?: number;
}

/** The consumers that run here: those of another service can be released there only. */
export const auditGroup = 'audit';

/** What became of a key's records. */
export interface Retried {
  /** So many are handled now. */
  readonly handled: number;
  /** So many still wait. */
  readonly waiting: number;
  /** What the first of those failed with, or `held`. */
  readonly cause?: string;
  /** They are released, and will be handled when what the consumer waits for is back. */
  readonly pending: boolean;
}

/**
 * Hands what waits under a key to its consumer again. The act is on the bus before anything happens: the log may know of one that came to nothing, never the
 * reverse. @throws OAuthError 404 where nothing waits, 409 for a group of another service
 */
export async function retryQuarantined({ group, key }: RetryRequest, by: string, deps: QuarantineDeps): Promise<Retried> {
  const before = await waitingUnder(group, key, deps);
  const [first] = before;
  if (!first) throw notInQuarantine();
  if (group !== auditGroup) throw elsewhere();

  await deps.bus.publish([decisionRecord({ by, act: 'retry', what: first }, deps.now())]);

  const pending = !(await inTime(deps.bus.retry(group, key), deps));
  const after = await waitingUnder(group, key, deps);
  const ids = new Set(after.map(({ id }) => id));
  const cause = after[0]?.cause;
  return {
    handled: before.filter(({ id }) => !ids.has(id)).length,
    waiting: after.length,
    ...(cause !== undefined && { cause }),
    pending,
  };
}

/** Gives one record up for good: it never enters log or roll, but that it was given up does. @throws OAuthError 404 */
export async function dropQuarantined({ id, reason }: { id: bigint; reason: string }, by: string, deps: QuarantineDeps): Promise<void> {
  const what = (await deps.bus.quarantined()).find((one) => one.id === id);
  if (!what) throw notInQuarantine();

  await deps.bus.publish([decisionRecord({ by, act: 'drop', reason, what }, deps.now())]);

  try {
    await deps.bus.drop(id);
  } catch (error) {
    // Somebody else decided meanwhile, or it is not ours to give up.
    if (error instanceof RangeError) throw notInQuarantine();
    throw error;
  }
}

const waitingUnder = async (group: string, key: string, { bus }: QuarantineDeps): Promise<readonly Quarantined[]> =>
  (await bus.quarantined(group)).filter(({ record }) => record.key === key);

/** Whether it ended in time. Where a consumer waits for a database or an intact roll, it does not, and goes on by itself. */
async function inTime(work: Promise<void>, { log, patience = 8_000 }: QuarantineDeps): Promise<boolean> {
  const late = new AbortController();
  const done = work.then(() => true);
  done.catch((err: unknown) => log.warn({ err, group: auditGroup }, 'records could not be released from quarantine'));
  try {
    return await Promise.race([done, sleep(patience, false, { signal: late.signal, ref: false })]);
  } finally {
    late.abort();
  }
}

const elsewhere = (): OAuthError =>
  new OAuthError('invalid_request', {
    refusal: 'group_elsewhere',
    status: 409,
    description: 'the consumers of that group run in another service',
  });
