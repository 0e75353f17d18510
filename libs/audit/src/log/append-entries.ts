import { Unhandleable } from '@chancery/eventstore';
import { mainTenant } from '@chancery/events';
import type { BusMessage } from '@chancery/platform';
import type { DataSource, EntityManager } from 'typeorm';
import { countNumbers } from '../numbering/count-numbers.js';
import { chained, extendRoll } from '../roll/extend-roll.js';
import { RollBroken } from '../roll/roll-broken.js';
import { readRollState } from '../roll/roll-state.js';
import { entryOfMessage, placeEntries } from './place-entries.js';

/**
 * Takes records into the log, in this order, each with the next number. What is there already, by source and id, is left as it is. All of a
 * batch or none of it is durable when it resolves. @throws RollBroken when log and roll contradict themselves: then no record is to blame
 */
export async function appendEntries(dataSource: DataSource, messages: readonly BusMessage[]): Promise<void> {
  try {
    // As if nothing of it were there, which is nearly always so; what is there already refuses the whole, and then it is looked for.
    await appendAll(dataSource, messages);
  } catch (error) {
    if (violated(error) !== 'log_entry_stream_record_id_key') throw error;
    await appendAll(dataSource, messages, freshOf);
  }
}

type Choose = (given: readonly BusMessage[], manager: EntityManager) => Promise<readonly BusMessage[]>;

async function appendAll(dataSource: DataSource, messages: readonly BusMessage[], choose?: Choose): Promise<void> {
  const byTenant = Map.groupBy(messages, ({ record }) => record.source.split('/', 1)[0] ?? '');
  try {
    await dataSource.transaction(async (manager) => {
      for (const [tenant, given] of byTenant) {
        const last = await lastNumber(tenant, manager);
        await appendOf({ tenant, last, fresh: choose ? await choose(given, manager) : given }, manager);
      }
    });
  } catch (error) {
    throw givenTwice(error) ? new RollBroken('a number of the log is given already', { cause: error }) : error;
  }
}

/** Numbers are given under a lock, each once: one that is there already was taken back by somebody who wrote past the service. */
const givenTwice = (error: unknown): boolean => ['log_entry_pkey', 'log_agent_pkey', 'roll_entry_pkey'].includes(violated(error) ?? '');

/** The unique constraint that refused a statement. */
function violated(error: unknown): string | undefined {
  const { code, constraint } = (error as { driverError?: { code?: unknown; constraint?: unknown } }).driverError ?? {};
  return code === '23505' ? String(constraint) : undefined;
}

/** The last number given, locked. READ COMMITTED: the statement after this one sees what the holder before us committed. */
async function lastNumber(tenant: string, manager: EntityManager): Promise<number> {
  const [head]: { position: string }[] = await manager.query('SELECT position FROM audit.head WHERE tenant = $1 FOR UPDATE', [tenant]);
  if (head !== undefined) return Number(head.position);
  throw tenant === mainTenant ? new RollBroken('the log has lost its last number') : new Unhandleable('no such tenant');
}

interface Appending {
  readonly tenant: string;
  readonly last: number;
  readonly fresh: readonly BusMessage[];
}

async function appendOf({ tenant, last, fresh }: Appending, manager: EntityManager): Promise<void> {
  if (fresh.length === 0) return;
  const entries = fresh.map((message, index) => entryOfMessage(message, last + 1 + index));
  const state = await readRollState(manager, tenant);
  const { size } = state.frontier;
  if (size > last) throw new RollBroken('the log numbers entries that the roll has already');
  await placeEntries({ tenant, last, entries, chained: size === last ? chained(entries, state) : [] }, manager);
  // A log that was there before its roll is chained in steps, from what it holds.
  if (size < last) await extendRoll(tenant, manager);
  await countNumbers(fresh, manager);
}

/** Those that are not there, each once. */
async function freshOf(given: readonly BusMessage[], manager: EntityManager): Promise<readonly BusMessage[]> {
  const rows: { ord: number }[] = await manager.query(
    `SELECT g.ord::integer AS ord FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS g (stream, record_id, ord)
     WHERE EXISTS (SELECT FROM audit.log_entry e WHERE e.stream = g.stream AND e.record_id = g.record_id)`,
    [given.map(({ record }) => record.source), given.map(({ record }) => record.id)],
  );
  const there = new Set(rows.map(({ ord }) => ord - 1));
  const seen = new Set<string>();
  return given.filter(({ record: { source, id } }, index) => {
    const name = `${source} ${id}`;
    if (there.has(index) || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}
