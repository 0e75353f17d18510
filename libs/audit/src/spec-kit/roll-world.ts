import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { onTestFinished } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { appendEntries } from '../log/append-entries.js';
import { cutCheckpoint, type RollDeps } from '../roll/cut-checkpoint.js';
import { entryLines, frameOf } from '../roll/export-roll.js';
import { auditDatabase } from './database.js';
import { allowed, messageOf } from './records.js';
import { origin, rollKey, type TestKey } from './roll.js';

/** A roll on a database of its own. */
export interface RollWorld {
  readonly deps: RollDeps;
  /** The way in with the service's own role. */
  readonly url: string;
  /** What only the database's owner can do. */
  readonly owner: DataSource;
  readonly key: TestKey;
  /** Logs so many records in batches of that size. */
  log(count: number, batch?: number): Promise<void>;
  /** What `log export` writes, with a checkpoint cut first unless told. */
  export(range?: { from?: number; to?: number }, cut?: boolean): Promise<string[]>;
  /** From now on this key signs; those before it are known still. */
  sign(key: TestKey): void;
}

export async function rollWorld(): Promise<RollWorld> {
  const url = await freshDatabase();
  const service = await auditDatabase(url);
  const dataSource = await openAuditDatabase({ url: service, connections: 4 });
  const owner = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  onTestFinished(async () => {
    await dataSource.destroy();
    await owner.destroy();
  });
  const first = rollKey();
  const keys = [first];
  const active = (): TestKey => keys.at(-1) ?? first;
  const deps: RollDeps = { dataSource, tenant: 'main', origin, key: active, keys: () => keys.map(({ published }) => published) };
  let logged = 0;
  return {
    deps,
    url: service,
    owner,
    key: first,
    async log(count, batch = 7) {
      for (let left = count; left > 0; left -= batch)
        await appendEntries(
          dataSource,
          Array.from({ length: Math.min(batch, left) }, () => messageOf(allowed(++logged))),
        );
    },
    async export({ from = 1, to } = {}, cut = true) {
      if (cut) await cutCheckpoint(deps);
      const frame = await frameOf({ from, ...(to !== undefined && { to }) }, deps);
      if (frame === undefined) throw new Error('there is no such range');
      return [frame.header, ...(await entryLines(dataSource, 'main', frame)), ...frame.proofs];
    },
    sign: (key) => void keys.push(key),
  };
}
