import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

/** Milliseconds after which a store that says nothing is not healthy. */
const patience = 2_000;

/** Whether a lane can append and a reader can read. */
export async function healthCheck(dataSource: DataSource, open: { readonly count: number }): Promise<boolean> {
  if (open.count === 0) return false;
  const reads = dataSource.query('select 1 from es.meta').then(
    () => true,
    () => false,
  );
  return Promise.race([reads, sleep(patience, false, { ref: false })]);
}
