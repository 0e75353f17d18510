import type { Behind } from '@chancery/testing';

/** `jti` of every issuance, as often as it is there, sorted: in the store, and in the roll. */
export async function issuancesOf(behind: Behind): Promise<{ events: readonly string[]; rolled: readonly string[] }> {
  const jtis = async (table: string): Promise<readonly string[]> => {
    const rows = await behind.query<{ jti: string }>(
      `select convert_from(data, 'utf8')::jsonb ->> 'jti' as jti from ${table} where type in ('grant.token-issued', 'grant.token-exchanged')`,
    );
    return rows.map(({ jti }) => jti).toSorted();
  };
  return { events: await jtis('es.event'), rolled: await jtis('audit.log_entry') };
}

/** Those of these calls, by their request ids, that have no record in the roll. */
export async function lostCalls(behind: Behind, calls: Iterable<string>): Promise<readonly string[]> {
  const rows = await behind.query<{ id: string }>(
    `select convert_from(data, 'utf8')::jsonb ->> 'requestId' as id from audit.log_entry where type = 'activity.allowed'`,
  );
  const there = new Set(rows.map(({ id }) => id));
  return [...calls].filter((id) => !there.has(id));
}

/**
 * How gateways numbered their records, as the roll has them: how many numbers below the highest of a run are missing, and the agents of whom a later call
 * stands before an earlier one.
 */
export async function activityNumbers(behind: Behind): Promise<{ missing: number; outOfOrder: readonly unknown[] }> {
  const numbered = `select position, agent, said ->> 'run' as run, (said ->> 'number')::integer as number
    from (select position, agent, convert_from(data, 'utf8')::jsonb as said from audit.log_entry
           where type in ('activity.allowed', 'activity.denied')) record`;
  const [{ missing } = { missing: Number.NaN }] = await behind.query<{ missing: number }>(
    `select coalesce(sum(missing), 0)::integer as missing
       from (select max(number) - count(distinct number) as missing from (${numbered}) r group by run) run`,
  );
  const outOfOrder = await behind.query(
    `select agent from (select agent, number - lag(number, 1, 0) over (partition by agent, run order by position) as step
       from (${numbered}) r) ordered where step <= 0`,
  );
  return { missing, outOfOrder };
}
