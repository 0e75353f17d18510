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
}

/** Microseconds. */
const aliveFor = 10_000_000;

/** All gateways ever heard of, by name, and the time it is by the database's clock. */
export async function listGateways(dataSource: DataSource, tenant: string): Promise<{ gateways: readonly ListedGateway[]; as_of: string }> {
  const [clock]: { now: string }[] = await dataSource.query('SELECT floor(extract(epoch FROM es.now()) * 1000000)::bigint AS now');
  const rows: { name: string; run: string; applied_through: string; entries: string; heard_at: string }[] = await dataSource.query(
    'SELECT name, run, applied_through, entries, heard_at FROM audit.gateway WHERE tenant = $1 ORDER BY name',
    [tenant],
  );
  const now = Number(clock?.now);
  const gateways = rows.map(({ name, run, applied_through: through, entries, heard_at: heard }) => ({
    name,
    run,
    applied_through: rfc3339(Number(through)),
    entries: Number(entries),
    heard_at: rfc3339(Number(heard)),
    alive: now - Number(heard) <= aliveFor,
  }));
  return { gateways, as_of: rfc3339(now) };
}
