import type pg from 'pg';

/** Runs `work` in a transaction of its own. A connection whose rollback fails is thrown away. */
export async function transaction(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens only while a connection is idle; unheard, one that breaks would end the process.
  const breaks = (error: Error) => {
    broken = error;
  };
  client.on('error', breaks);
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(breaks);
    throw error;
  } finally {
    client.release(broken);
    client.removeListener('error', breaks);
  }
}
