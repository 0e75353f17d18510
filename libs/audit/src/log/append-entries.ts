import { Unhandleable } from '@chancery/eventstore';
import { mainTenant } from '@chancery/events';
import type { BusMessage } from '@chancery/platform';
import type { DataSource, EntityManager } from 'typeorm';
import { countNumbers } from '../numbering/count-numbers.js';
import { extendRoll } from '../roll/extend-roll.js';
import { RollBroken } from '../roll/roll-broken.js';
import { type Concerns, concernsOf } from './concerns.js';
import { rfc3339 } from './time.js';

interface Given extends BusMessage {
  readonly concerns: Concerns;
}

interface Placed {
  readonly position: string;
  /** Which of the given ones it was, from 1. */
  readonly ord: string;
}

/**
 * Takes records into the log, in this order, each with the next number. What is there already, by source and id, is left as it is. All of a
 * batch or none of it is durable when it resolves. @throws RollBroken when log and roll contradict themselves: then no record is to blame
 */
export async function appendEntries(dataSource: DataSource, messages: readonly BusMessage[]): Promise<void> {
  const byTenant = Map.groupBy(messages, ({ record }) => record.source.split('/', 1)[0] ?? '');
  try {
    await dataSource.transaction(async (manager) => {
      for (const [tenant, given] of byTenant)
        await appendOf(
          tenant,
          given.map((message) => ({ ...message, concerns: concernsOf(message.event) })),
          manager,
        );
    });
  } catch (error) {
    throw givenTwice(error) ? new RollBroken('a number of the log is given already', { cause: error }) : error;
  }
}

/** Numbers are given under a lock, each once: one that is there already was taken back by somebody who wrote past the service. */
function givenTwice(error: unknown): boolean {
  const { code, constraint } = (error as { driverError?: { code?: unknown; constraint?: unknown } }).driverError ?? {};
  return code === '23505' && ['log_entry_pkey', 'log_agent_pkey', 'roll_entry_pkey'].includes(String(constraint));
}

async function appendOf(tenant: string, given: readonly Given[], manager: EntityManager): Promise<void> {
  // READ COMMITTED: the statement after this one sees what the holder before us committed.
  const head: unknown[] = await manager.query('SELECT position FROM audit.head WHERE tenant = $1 FOR UPDATE', [tenant]);
  if (head.length === 0)
    throw tenant === mainTenant ? new RollBroken('the log has lost its last number') : new Unhandleable('no such tenant');
  const placed: Placed[] = await manager.query(placeEntries, [tenant, ...columnsOf(given)]);
  if (placed.length === 0) return;
  await manager.query('UPDATE audit.head SET position = position + $2 WHERE tenant = $1', [tenant, placed.length]);
  await extendRoll(tenant, manager);
  await noteAgents(tenant, { given, placed }, manager);
  await countNumbers(
    placed.flatMap(({ ord }) => given[Number(ord) - 1] ?? []),
    manager,
  );
}

const placeEntries = `
  WITH given AS (
    SELECT * FROM unnest(
      $2::timestamptz[], $3::text[], $4::integer[], $5::text[], $6::integer[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[]
    ) WITH ORDINALITY AS g (at, type, version, stream, revision, record_id, agent, subject, grant_id, iat_id, data, ord)
  ), fresh AS (
    SELECT DISTINCT ON (stream, record_id) * FROM given g
    WHERE NOT EXISTS (SELECT FROM audit.log_entry e WHERE e.stream = g.stream AND e.record_id = g.record_id)
    ORDER BY stream, record_id, ord
  ), numbered AS (
    SELECT *, (SELECT h.position FROM audit.head h WHERE h.tenant = $1) + row_number() OVER (ORDER BY ord) AS position FROM fresh
  ), placed AS (
    INSERT INTO audit.log_entry (tenant, position, at, type, version, stream, revision, record_id, agent, subject, grant_id, iat_id, data)
    SELECT $1, position, at, type, version, stream, revision, record_id, agent, subject, grant_id, iat_id, data FROM numbered
    RETURNING position
  )
  SELECT position, ord FROM placed JOIN numbered USING (position) ORDER BY position`;

const columnsOf = (given: readonly Given[]): unknown[][] => [
  given.map(({ record }) => rfc3339(record.time)),
  given.map(({ record }) => record.type),
  given.map(({ record }) => record.version),
  given.map(({ record }) => record.source),
  given.map(({ record }) => record.sequence ?? null),
  given.map(({ record }) => record.id),
  given.map(({ concerns }) => concerns.agent ?? null),
  given.map(({ concerns }) => concerns.subject ?? null),
  given.map(({ concerns }) => concerns.grant ?? null),
  given.map(({ concerns }) => concerns.iat ?? null),
  given.map(({ record }) => Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength)),
];

async function noteAgents(
  tenant: string,
  entries: { given: readonly Given[]; placed: readonly Placed[] },
  manager: EntityManager,
): Promise<void> {
  const pairs = entries.placed.flatMap(({ position, ord }) =>
    (entries.given[Number(ord) - 1]?.concerns.agents ?? []).map((agent) => ({ agent, position })),
  );
  if (pairs.length === 0) return;
  await manager.query('INSERT INTO audit.log_agent (tenant, agent, position) SELECT $1, * FROM unnest($2::text[], $3::bigint[])', [
    tenant,
    pairs.map(({ agent }) => agent),
    pairs.map(({ position }) => position),
  ]);
}
