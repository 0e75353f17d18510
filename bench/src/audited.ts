import type pg from 'pg';

/** How many entries the audit log has. */
export async function entriesOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ position: string }>('select coalesce(max(position), 0) as position from audit.head');
  return Number(rows[0]?.position ?? 0);
}

export async function eventsOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) as count from es.event');
  return Number(rows[0]?.count ?? 0);
}

/** What is wrong with an audit log that must hold every event exactly once, numbered without gaps and chained, and nothing else; undefined when it does. */
export async function auditTrouble(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<Record<string, string>>(`
    select (select count(*) from es.event) as events,
           (select count(*) from audit.log_entry) as entries,
           (select count(distinct (stream, record_id)) from audit.log_entry) as different,
           (select count(*) from es.event e where not exists (
              select from audit.log_entry l where l.stream = e.stream collate "default" and l.record_id = e.id)) as missing,
           (select coalesce(max(position), 0) from audit.log_entry) as last,
           (select count(*) from audit.roll_entry) as chained`);
  const { events, missing, ...counts } = rows[0] ?? {};
  if (missing !== '0') return `${missing} of ${events} events are missing in the log`;
  const other = Object.entries(counts).find(([, count]) => count !== events);
  return other && `${events} events, but ${other[0]} ${other[1]}`;
}
