import pg from 'pg';

export interface StoredRow {
  readonly stream: string;
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec states what is in it
  readonly data: any;
}

/** Looks into the store behind the services' backs, as the owner of the database. */
export interface Behind {
  /** Everything recorded after `position`, in order. */
  eventsAfter(position: bigint): Promise<readonly StoredRow[]>;
  head(): Promise<bigint>;
  /** Everything recorded of these types, in order. */
  eventsOf(types: readonly string[]): Promise<readonly StoredRow[]>;
  /** What an act recorded: exactly these, and nothing else. */
  during<T>(act: () => Promise<T>): Promise<{ result: T; events: readonly StoredRow[] }>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export async function lookBehind(url: string): Promise<Behind> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // Specs end the server; a connection that hears of it while it is being closed is nobody's fault.
  pool.on('error', () => {}).on('connect', (client) => void client.on('error', () => {}));
  const head = async () => {
    const { rows } = await pool.query<{ head: string }>('select coalesce(max(position), 0)::text as head from es.event');
    return BigInt(rows[0]?.head ?? 0);
  };
  const select = async (where: string, value: unknown): Promise<readonly StoredRow[]> => {
    const { rows } = await pool.query<{ stream: string; type: string; data: Buffer }>(
      `select stream, type, data from es.event where ${where} order by position`,
      [value],
    );
    return rows.map(({ stream, type, data }) => ({ stream, type, data: JSON.parse(data.toString()) }));
  };
  const eventsAfter = (position: bigint) => select('position > $1', String(position));
  return {
    head,
    eventsAfter,
    eventsOf: (types) => select('type = any($1)', types),
    async during(act) {
      const before = await head();
      const result = await act();
      return { result, events: await eventsAfter(before) };
    },
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      return (await pool.query<Row>(text, values)).rows;
    },
    close: () => pool.end(),
  };
}
