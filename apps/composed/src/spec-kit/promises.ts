import type { Behind } from './behind.js';

const isTrue = async (behind: Behind, statement: string, values: unknown[] = []): Promise<boolean> =>
  (await behind.query<{ done: boolean }>(statement, values))[0]?.done ?? false;

/** Whether the relay has published everything that was recorded. */
export const allRelayed = (behind: Behind): Promise<boolean> =>
  isTrue(
    behind,
    `select not exists (select from es.event e, es.checkpoint c
       where c.name = 'relay' and (e.epoch, e.tx, e.position) > (c.epoch, c.tx, c.position))
     and exists (select from es.checkpoint where name = 'relay') as done`,
  );

/** Whether every event is in the roll. */
export const allRolled = (behind: Behind): Promise<boolean> =>
  isTrue(
    behind,
    `select not exists (select from es.event e
       where not exists (select from audit.log_entry l where l.stream = e.stream and l.record_id = e.id and l.data = e.data)) as done`,
  );

/** Whether a list of the registry has no event of its own before it. */
export const caughtUp = (behind: Behind, list: string): Promise<boolean> =>
  isTrue(
    behind,
    `select not exists (select from es.event e where (e.stream like 'main/agent/%' or e.stream like 'main/iat/%')
        and (e.epoch, e.tx, e.position) > (c.epoch, c.tx, c.position)) as done
       from es.checkpoint c where c.name = $1`,
    [list],
  );

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

/** Streams whose revisions are not 1, 2, 3 …, in the store, and in the roll in its order. */
export async function gaps(behind: Behind): Promise<{ store: readonly unknown[]; roll: readonly unknown[] }> {
  const store = await behind.query('select stream from es.event group by stream having min(revision) <> 1 or max(revision) <> count(*)');
  const roll = await behind.query(
    `select stream from (select stream, revision - lag(revision, 1, 0) over (partition by stream order by position) as step
       from audit.log_entry where revision is not null) entry where step <> 1`,
  );
  return { store, roll };
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
