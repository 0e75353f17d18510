/** What can run a statement: a pg client or pool, a TypeORM DataSource or EntityManager. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** The rows of one statement, whichever of them runs it. Where TypeORM answers in pairs (UPDATE, DELETE), wrap it in a SELECT. */
export async function rowsOf<Row>(queryable: Queryable, text: string, values: unknown[] = []): Promise<readonly Row[]> {
  const answer = await queryable.query(text, values);
  return Array.isArray(answer) ? (answer as Row[]) : (answer as { rows: Row[] }).rows;
}
