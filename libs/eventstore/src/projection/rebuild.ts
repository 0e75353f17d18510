import type { DataSource } from 'typeorm';
import { beginning } from '../reader/cursor.js';
import { CheckpointMoved, moveCheckpoint, readCheckpoint } from './checkpoint.js';
import type { Projection } from './projection.js';
import { Steps } from './step.js';

/**
 * Empties a projection's tables and makes them anew from the events, in steps; a running one may go on meanwhile and takes turns.
 * Resolves when it has caught up with the store. Its role needs TRUNCATE on the tables: deleting row by row would be one long transaction.
 * Throws ReaderStopped.
 */
export async function rebuild(projection: Projection, dataSource: DataSource): Promise<void> {
  await empty(projection, dataSource);
  const steps = new Steps(projection, dataSource);
  for (let more = true; more;) {
    try {
      ({ more } = await steps.next());
    } catch (error) {
      if (!(error instanceof CheckpointMoved)) throw error;
    }
  }
}

async function empty({ name, tables }: Projection, dataSource: DataSource): Promise<void> {
  for (;;) {
    try {
      const from = await readCheckpoint(dataSource, name);
      await dataSource.transaction(async (manager) => {
        await moveCheckpoint(manager, name, { from, to: beginning });
        if (tables.length > 0) await manager.query(`truncate ${tables.map(quoted).join(', ')}`);
      });
      return;
    } catch (error) {
      if (!(error instanceof CheckpointMoved)) throw error;
    }
  }
}

/** `schema.table` as SQL. The names come from code; a strange one is a mistake there. */
export function quoted(table: string): string {
  if (!/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/.test(table)) throw new TypeError(`not a table's name: ${table}`);
  return table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
}
