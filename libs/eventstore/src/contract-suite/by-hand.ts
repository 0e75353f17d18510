import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { prepareAppend } from '../append/prepared.js';
import type { Append, AppendOutcome } from '../contract.js';
import { appendFunction } from '../migrations/sql/append.js';
import { permissions, type WritingRole } from '../migrations/sql/permissions.js';
import { answeredAt, batchCall, outcomesOf, type BatchAnswer } from '../postgres/batch-call.js';

/** What a call of the append function answered. */
export interface Answered {
  readonly outcomes: readonly AppendOutcome[];
  /** Just the words. */
  readonly words: readonly AppendOutcome['outcome'][];
  /** Microseconds since 1970. */
  readonly at: number;
}

/** One call on this very connection, past lanes and queue. */
export async function appendByHand(
  client: pg.ClientBase,
  role: WritingRole,
  appends: readonly Append[],
  functionName?: string,
): Promise<Answered> {
  const batch = appends.map(prepareAppend);
  const { text, values, rowMode } = batchCall(role, batch, functionName);
  const { rows } = await client.query<BatchAnswer>({ text, values, rowMode });
  const [row] = rows;
  if (!row) throw new Error('no answer');
  const outcomes = outcomesOf(batch, row);
  return { outcomes, words: outcomes.map(({ outcome }) => outcome), at: answeredAt(row) };
}

/** Makes a copy of a role's append function in which some of its text is another, to show what that text is for. Answers the copy's name. */
export async function mutilated(
  owner: pg.ClientBase,
  role: WritingRole,
  changes: readonly (readonly [part: string, instead: string])[],
): Promise<string> {
  const name = `es.append_${role}_mutilated_${Math.random().toString(36).slice(2)}`;
  let sql = appendFunction(name, permissions[role]);
  for (const [part, instead] of changes) {
    if (!sql.includes(part)) throw new Error('the append function does not have that part');
    sql = sql.replace(part, () => instead);
  }
  await owner.query(sql);
  await owner.query(`grant execute on function ${name} to public`);
  return name;
}

/** Resolves once somebody (or so many) waits for a lock of PostgreSQL's: two-connection specs wait for that, never for a while. */
export async function somebodyWaits(observer: pg.ClientBase, kind: 'advisory' | 'transactionid' | 'relation', many = 1): Promise<void> {
  const look = `select from pg_stat_activity where wait_event_type = 'Lock' and wait_event = $1 and datname = current_database()`;
  const deadline = performance.now() + 10_000;
  while (((await observer.query(look, [kind])).rowCount ?? 0) < many) {
    if (performance.now() > deadline) throw new Error(`nobody waits for a lock (${kind})`);
    await sleep(2);
  }
}
