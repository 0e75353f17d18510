import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { PreparedAppend } from '../append/prepared.js';
import { StoreUnavailable, type AppendOutcome } from '../contract.js';
import type { WritingRole } from '../migrations/sql/permissions.js';
import { answeredAt, batchCall, outcomesOf, type BatchAnswer } from './batch-call.js';
import { holdConnection, type HeldConnection } from './connection.js';
import type { DatabaseClock } from './database-clock.js';
import { failureOf, unavailable } from './failure.js';
import { settleUnknown } from './settle-unknown.js';
import type { Waiting, WaitingAppends } from './waiting-appends.js';

export interface LaneDeps {
  readonly role: WritingRole;
  readonly dataSource: DataSource;
  readonly waiting: WaitingAppends;
  readonly clock: DatabaseClock;
  /** How many lanes have a connection now; shared by all lanes of a store. */
  readonly open: { count: number };
  readonly closing: AbortSignal;
  /** Called with what was recorded, before anybody hears its outcome. */
  onRecorded(recorded: readonly PreparedAppend[]): void;
}

/** Milliseconds before a lost connection is tried again: the first at once, the last forever. */
const backoff = [0, 50, 100, 200, 400, 800];

/** Runs one lane until the store closes: one connection, one call in flight. Resolves when its last append has been answered. */
export async function runLane(deps: LaneDeps): Promise<void> {
  const settling = new Set<Promise<void>>();
  for (let failures = 0; !deps.closing.aborted;) {
    await sleep(backoff[Math.min(failures, backoff.length - 1)], undefined, { signal: deps.closing }).catch(() => {});
    try {
      const connection = await holdConnection(deps.dataSource);
      failures = 0;
      await serve(connection, deps, settling);
    } catch (cause) {
      failures++;
      // While another lane is open, or this one may be soon again, those who wait lose nothing by waiting.
      if (deps.open.count === 0) deps.waiting.failAll(new StoreUnavailable('the store is away', { cause }));
    }
  }
  await Promise.all(settling);
}

async function serve(connection: HeldConnection, deps: LaneDeps, settling: Set<Promise<void>>): Promise<void> {
  const leave = AbortSignal.any([connection.lost, deps.closing]);
  deps.open.count++;
  try {
    for (let batch; (batch = await deps.waiting.take(leave));) {
      const unknown = await record(connection, batch, deps);
      if (!unknown) continue;
      // The lane goes on with another connection; the streams stay taken until the outcome is known.
      const settled = settle(unknown, deps).finally(() => settling.delete(settled));
      settling.add(settled);
      return;
    }
  } finally {
    deps.open.count--;
    // Also one that is in order is closed: what its session holds ends with it.
    await connection.destroy();
  }
}

/** Appends that were sent and never answered. */
interface Unknown {
  readonly batch: readonly Waiting[];
  readonly cause: unknown;
}

/** Sends one batch and answers it, but for what nobody knows the outcome of. */
async function record(connection: HeldConnection, batch: readonly Waiting[], deps: LaneDeps): Promise<Unknown | undefined> {
  let outcomes: readonly AppendOutcome[];
  try {
    outcomes = await call(connection, batch, deps);
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure === 'unknown') return { batch, cause };
    if (failure === 'undone by one' && batch.length > 1) return recordSingly(connection, batch, deps);
    refuse(batch, cause, deps);
    return undefined;
  }
  answer(batch, outcomes, deps);
  deps.waiting.done(batch);
  return undefined;
}

/** One of them fails every call that it is in: each goes alone, so that it fails nobody else. */
async function recordSingly(connection: HeldConnection, batch: readonly Waiting[], deps: LaneDeps): Promise<Unknown | undefined> {
  for (const [index, waiting] of batch.entries()) {
    const unknown = await record(connection, [waiting], deps);
    if (!unknown) continue;
    refuse(batch.slice(index + 1), unknown.cause, deps);
    return unknown;
  }
  return undefined;
}

/** For appends that certainly did not happen. */
function refuse(batch: readonly Waiting[], cause: unknown, { waiting }: LaneDeps): void {
  for (const each of batch) each.fail(unavailable('the store did not take an append', cause));
  waiting.done(batch);
}

async function call({ client }: HeldConnection, batch: readonly Waiting[], { role, clock }: LaneDeps): Promise<AppendOutcome[]> {
  const prepared = batch.map((waiting) => waiting.prepared);
  const sent = performance.now();
  const { rows } = await client.query<BatchAnswer>(batchCall(role, prepared));
  const [row] = rows;
  if (!row) throw new StoreUnavailable('the append function answered nothing');
  clock.sample(answeredAt(row), sent, performance.now());
  return outcomesOf(prepared, row);
}

function answer(batch: readonly Waiting[], outcomes: readonly AppendOutcome[], { onRecorded }: LaneDeps): void {
  const recorded = batch.filter((_, index) => outcomes[index]?.outcome === 'recorded');
  if (recorded.length > 0) onRecorded(recorded.map(({ prepared }) => prepared));
  for (const [index, waiting] of batch.entries()) {
    const outcome = outcomes[index];
    if (outcome) waiting.answer(outcome);
  }
}

async function settle({ batch, cause }: Unknown, deps: LaneDeps): Promise<void> {
  await Promise.all(
    batch.map(async (waiting) => {
      try {
        answer([waiting], [await settleUnknown(deps.dataSource, waiting.prepared, cause)], deps);
      } catch (error) {
        waiting.fail(unavailable('an append could not be settled', error));
      }
      deps.waiting.done([waiting]);
    }),
  );
}
