import type { BusMessage } from '@chancery/platform';
import type { EntityManager } from 'typeorm';
import type { ChainedEntry } from '../roll/extend-roll.js';
import type { RollEntry } from '../roll/proof/entry-line.js';
import { type Concerns, concernsOf } from './concerns.js';
import { packed } from './packed.js';
import { rfc3339 } from './time.js';

/** An entry of the log as it is placed: what the roll chains, and whom and what it is found by. */
export interface PlacedEntry extends RollEntry {
  readonly concerns: Concerns;
}

/**
 * A record under its number. The roll chains what is said here without reading it again from the log, so every text is one that the log gives back as it
 * took it: the bus brings ids as PostgreSQL writes them, and times have the digits of its clock.
 */
export const entryOfMessage = ({ record, event }: BusMessage, position: number): PlacedEntry => ({
  position,
  at: rfc3339(record.time),
  type: record.type,
  version: record.version,
  stream: record.source,
  revision: record.sequence ?? null,
  id: record.id,
  data: Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength),
  concerns: concernsOf(event),
});

interface Placing {
  readonly tenant: string;
  /** The last number given before. */
  readonly last: number;
  readonly entries: readonly PlacedEntry[];
  /** What the entries add to the roll, one each; none where the roll is to be extended from the log. */
  readonly chained: readonly ChainedEntry[];
}

// One statement, so that the lock of the head is held for one answer.
const place = `
  WITH head AS (
    UPDATE audit.head SET position = $2::bigint + cardinality($3::timestamptz[]) WHERE tenant = $1
  ), roll AS (
    INSERT INTO audit.roll_entry (tenant, position, hash, subtrees)
    SELECT $1, $2::bigint + ord, substring($16::bytea FROM (ord::integer - 1) * 32 + 1 FOR 32), substring($17::bytea FROM start FOR length)
    FROM unnest($18::integer[], $19::integer[]) WITH ORDINALITY AS c (start, length, ord)
  ), agents AS (
    INSERT INTO audit.log_agent (tenant, agent, position)
    SELECT $1, agent, position FROM unnest($20::text[], $21::bigint[]) AS a (agent, position)
  )
  INSERT INTO audit.log_entry (tenant, position, at, type, version, stream, revision, record_id, agent, subject, grant_id, iat_id, data)
  SELECT $1, $2::bigint + ord, at, type, version, stream, revision, record_id, agent, subject, grant_id, iat_id,
    substring($13::bytea FROM start FOR length)
  FROM unnest(
    $3::timestamptz[], $4::text[], $5::integer[], $6::text[], $7::integer[], $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[],
    $14::integer[], $15::integer[]
  ) WITH ORDINALITY AS g (at, type, version, stream, revision, record_id, agent, subject, grant_id, iat_id, start, length, ord)`;

/** Writes entries with their numbers into log, roll and the index of agents, and moves the head; under its lock. */
export async function placeEntries({ tenant, last, entries, chained }: Placing, manager: EntityManager): Promise<void> {
  const agents = entries.flatMap(({ position, concerns }) => concerns.agents.map((agent) => ({ agent, position })));
  const data = packed(entries.map((entry) => entry.data));
  const subtrees = packed(chained.map((entry) => entry.subtrees));
  await manager.query(place, [
    tenant,
    last,
    entries.map(({ at }) => at),
    entries.map(({ type }) => type),
    entries.map(({ version }) => version),
    entries.map(({ stream }) => stream),
    entries.map(({ revision }) => revision),
    entries.map(({ id }) => id),
    entries.map(({ concerns }) => concerns.agent ?? null),
    entries.map(({ concerns }) => concerns.subject ?? null),
    entries.map(({ concerns }) => concerns.grant ?? null),
    entries.map(({ concerns }) => concerns.iat ?? null),
    data.bytes,
    data.starts,
    data.lengths,
    Buffer.concat(chained.map(({ hash }) => hash)),
    subtrees.bytes,
    subtrees.starts,
    subtrees.lengths,
    agents.map(({ agent }) => agent),
    agents.map(({ position }) => position),
  ]);
}
