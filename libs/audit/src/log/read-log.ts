import type { DataSource } from 'typeorm';

/** One entry as an operator reads it. */
export interface LogEntry {
  /** The log's own number: from 1, without a gap. */
  readonly position: number;
  /** RFC 3339 with microseconds: when it was decided. */
  readonly at: string;
  readonly type: string;
  /** The stream it is an event of, or who recorded it. */
  readonly stream: string;
  readonly data: unknown;
}

export interface LogQuery {
  /** Entries that concern this agent: as the agent, as the subject, in the lineage. */
  readonly agent?: string;
  readonly type?: string;
  /** Entries behind this position. */
  readonly since: number;
  readonly limit: number;
}

interface Row {
  readonly position: string;
  readonly at: string;
  readonly type: string;
  readonly stream: string;
  readonly data: Buffer;
}

/** Entries behind a position, oldest first. */
export async function readLog(
  dataSource: DataSource,
  tenant: string,
  { agent, type, since, limit }: LogQuery,
): Promise<readonly LogEntry[]> {
  const from = agent === undefined ? 'audit.log_entry e' : 'audit.log_agent a JOIN audit.log_entry e USING (tenant, position)';
  const rows: Row[] = await dataSource.query(
    `SELECT position, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, e.type, e.stream, e.data
     FROM ${from}
     WHERE tenant = $1 AND position > $2
       ${agent === undefined ? 'AND $4::text IS NULL' : 'AND a.agent = $4'}
       ${type === undefined ? 'AND $5::text IS NULL' : 'AND e.type = $5'}
     ORDER BY position LIMIT $3`,
    [tenant, since, limit, agent ?? null, type ?? null],
  );
  return rows.map(({ position, data, ...rest }) => ({
    position: Number(position),
    ...rest,
    data: JSON.parse(data.toString('utf8')) as unknown,
  }));
}

/** The last position there is. */
export async function lastPosition(dataSource: DataSource, tenant: string): Promise<number> {
  const rows: { position: string }[] = await dataSource.query('SELECT position FROM audit.head WHERE tenant = $1', [tenant]);
  return Number(rows[0]?.position ?? 0);
}
