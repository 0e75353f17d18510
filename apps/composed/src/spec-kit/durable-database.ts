import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@chancery/eventstore/embedded';
import { temporaryFolder } from '@chancery/testing';

export interface DurableDatabase {
  /** A login that owns the database. */
  readonly url: string;
  readonly server: EmbeddedPostgres;
  close(): Promise<void>;
}

/** A PostgreSQL of a spec's own with production settings: fsync and synchronous_commit on. */
export async function durableDatabase(): Promise<DurableDatabase> {
  const folder = temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir: join(folder.path, `postgres-${randomUUID().slice(0, 8)}`) });
  return {
    url: server.url,
    server,
    async close() {
      await server.stop();
      folder.remove();
    },
  };
}
