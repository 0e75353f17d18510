import pg from 'pg';

export interface StoredRow {
  readonly stream: string;
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a drill states what is in it
  readonly data: any;
}

/** Looks into the store behind the services' backs, as the owner of the database. */
export interface Behind {
  /** Everything recorded of these types, in order. */
  events(types: readonly string[]): Promise<readonly StoredRow[]>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export async function lookBehind(url: string): Promise<Behind> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // Drills end the server; a connection that hears of it is nobody's fault.
  pool.on('error', () => {}).on('connect', (client) => void client.on('error', () => {}));
  return {
    async events(types) {
      const text = 'select stream, type, data from es.event where type = any($1) order by position';
      const { rows } = await pool.query<{ stream: string; type: string; data: Buffer }>(text, [types]);
      return rows.map(({ stream, type, data }) => ({ stream, type, data: JSON.parse(data.toString()) }));
    },
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      return (await pool.query<Row>(text, values)).rows;
    },
    close: () => pool.end(),
  };
}
