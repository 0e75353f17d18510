import type { DataSource } from 'typeorm';
import { rfc3339 } from '../log/time.js';

/** One gateway, by its own last word. Times are RFC 3339. */
export interface ListedGateway {
  readonly name: string;
  readonly run: string;
  /** Every revocation answered before this is in force there. */
  readonly applied_through: string;
  readonly entries: number;
  readonly heard_at: string;
  /** It was heard in the last ten seconds: only those count for "in force at n of n". */
  readonly alive: boolean;
  /** Seconds: the longest budget of its routes. One that hears nothing denies everything that much after `applied_through`. Null where it does not say. */
  readonly budget: number | null;
  /** Events of the store whose revocations it said to be in force by themselves, and since when: the latest 64, oldest first. */
  readonly applied: readonly { readonly position: string; readonly at: string }[];
}

export interface GatewayList {
  readonly gateways: readonly ListedGateway[];
  /** How often the list has changed: `since` of whoever waits for the next change. */
  readonly changes: number;
  /** The time it is by the database's clock. */
  readonly as_of: string;
}

/** Microseconds. */
const aliveFor = 10_000_000;
const listedFor = 86_400_000_000;

/** As `to_jsonb` gives it; times in microseconds. */
interface Row {
  readonly name: string;
  readonly run: string;
  readonly applied_through: number;
  readonly entries: number;
  readonly heard_at: number;
  readonly budget: number | null;
  readonly applied: readonly { readonly position: string; readonly at: number }[];
}

// One statement, so that the number belongs to what is listed.
const read = `
  SELECT l.changes, clock.now, coalesce(jsonb_agg(to_jsonb(g) ORDER BY g.name) FILTER (WHERE g.name IS NOT NULL), '[]') AS gateways
  FROM (SELECT floor(extract(epoch FROM es.now()) * 1000000)::bigint AS now) AS clock
  JOIN audit.gateway_list l ON l.tenant = $1
  LEFT JOIN audit.gateway g ON g.tenant = l.tenant AND g.heard_at > clock.now - $2::bigint
  GROUP BY l.changes, clock.now`;

/** All gateways heard of in the last day, by name. */
export async function listGateways(dataSource: DataSource, tenant: string): Promise<GatewayList> {
  const [list]: { changes: string; now: string; gateways: readonly Row[] }[] = await dataSource.query(read, [tenant, listedFor]);
  const now = Number(list?.now);
  const gateways = (list?.gateways ?? []).map(({ name, run, applied_through: through, entries, heard_at: heard, budget, applied }) => ({
    name,
    run,
    applied_through: rfc3339(through),
    entries,
    heard_at: rfc3339(heard),
    alive: now - heard <= aliveFor,
    budget,
    applied: applied.map(({ position, at }) => ({ position, at: rfc3339(at) })),
  }));
  return { gateways, changes: Number(list?.changes), as_of: rfc3339(now) };
}

/** The number alone. */
export async function changesOf(dataSource: DataSource, tenant: string): Promise<number> {
  const [list]: { changes: string }[] = await dataSource.query('SELECT changes FROM audit.gateway_list WHERE tenant = $1', [tenant]);
  return Number(list?.changes);
}
