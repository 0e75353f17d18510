import type { ActivityRecord } from '@chancery/events';
import type { BusMessage } from '@chancery/platform';
import type { DataSource } from 'typeorm';

export type Acknowledged = BusMessage<Extract<ActivityRecord, { type: 'gateway.acknowledged' }>>;

/** Positions kept of each gateway: whoever revokes something looks for one of the last. */
const mostPositions = 64;

/** What one gateway said in a batch: its newest word, and every position in any of them. */
interface Said {
  readonly newest: Acknowledged;
  readonly applied: readonly { readonly position: string; readonly at: number }[];
}

// The same position may be said more than once, at the bus and at the feed: the first time counts.
const keep = `
  WITH counted AS (UPDATE audit.gateway_list SET changes = changes + 1 WHERE tenant = ANY ($1))
  INSERT INTO audit.gateway AS g (tenant, name, run, applied_through, entries, heard_at, budget, applied)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::jsonb[])
  ON CONFLICT (tenant, name) DO UPDATE SET
    (run, applied_through, entries, heard_at, budget) = (
      SELECT run, applied_through, entries, heard_at, budget
      FROM (VALUES
        (g.run, g.applied_through, g.entries, g.heard_at, g.budget, 1),
        (excluded.run, excluded.applied_through, excluded.entries, excluded.heard_at, excluded.budget, 2)
      ) AS word (run, applied_through, entries, heard_at, budget, ord)
      ORDER BY heard_at DESC, ord LIMIT 1),
    applied = (
      SELECT coalesce(jsonb_agg(jsonb_build_object('position', position, 'at', at) ORDER BY at, position::numeric), '[]')
      FROM (
        SELECT position, min(at) AS at
        FROM jsonb_to_recordset(g.applied || excluded.applied) AS said (position text, at bigint)
        GROUP BY position ORDER BY min(at) DESC, position::numeric DESC LIMIT ${mostPositions}
      ) AS recent)`;

/** Microseconds a gateway's clock may be ahead of the database's. */
const mostAhead = 60_000_000;

/**
 * Keeps how far each gateway is. An older word never replaces a newer one, in whatever order they come; a position in an older word is kept all
 * the same, for it stays in force. Nothing counts as heard later than now. @returns words that are not kept, for they are dated more than a minute ahead
 */
export async function keepAcknowledgements(dataSource: DataSource, messages: readonly Acknowledged[]): Promise<readonly Acknowledged[]> {
  if (messages.length === 0) return [];
  const now = await databaseNow(dataSource);
  const ahead = messages.filter(({ record }) => record.time > now + mostAhead);
  const heard = messages.filter(({ record }) => record.time <= now + mostAhead);
  await keepHeard(dataSource, heard, now);
  return ahead;
}

async function databaseNow(dataSource: DataSource): Promise<number> {
  const [clock]: { now: string }[] = await dataSource.query('SELECT floor(extract(epoch FROM es.now()) * 1000000)::bigint AS now');
  return Number(clock?.now);
}

async function keepHeard(dataSource: DataSource, messages: readonly Acknowledged[], now: number): Promise<void> {
  // By name, so that two replicas that keep the same ones lock them in the same order.
  const all = [...Map.groupBy(messages, ({ event }) => event.gateway)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, said]) => saidIn(said, now));
  if (all.length === 0) return;
  const newest = all.map((said) => said.newest);
  await dataSource.query(keep, [
    newest.map(({ record }) => record.source.split('/', 1)[0]),
    newest.map(({ event }) => event.gateway),
    newest.map(({ event }) => event.run),
    newest.map(({ event }) => event.appliedThrough),
    newest.map(({ event }) => event.entries),
    newest.map(({ record }) => Math.min(record.time, now)),
    newest.map(({ event }) => event.budget ?? null),
    all.map(({ applied }) => JSON.stringify(applied)),
  ]);
}

function saidIn(messages: readonly Acknowledged[], now: number): Said {
  const newest = messages.reduce((a, b) => (b.record.time > a.record.time ? b : a));
  const first = new Map<string, number>();
  for (const { event, record } of messages)
    if (event.position !== undefined) first.set(event.position, Math.min(record.time, first.get(event.position) ?? Infinity));
  const latest = [...first].toSorted(([, a], [, b]) => a - b).slice(-mostPositions);
  return { newest, applied: latest.map(([position, at]) => ({ position, at: Math.min(at, now) })) };
}
