import { join } from 'node:path';
import { databaseRole, type ServiceRole } from '@chancery/eventstore';
import { startEmbeddedPostgres } from '@chancery/eventstore/embedded';
import pg from 'pg';
import { moveTo } from './cores.js';
import { cpuOfFamily } from './usage.js';
import type { World } from './world.js';

/** A PostgreSQL with the settings that `npm start` gives it: fsync and synchronous_commit on. */
export interface Database {
  /** Of its owner. */
  readonly url: string;
  /** CPU seconds of the server with all its backends so far. */
  cpu(): number;
  /** Another database in it, as it is or as a copy of one that nobody is connected to; its owner's URL. */
  create(name: string, template?: string): Promise<string>;
  close(): Promise<void>;
}

export async function startDatabase({ folder, cores, keep }: World, name = 'postgres'): Promise<Database> {
  const server = await startEmbeddedPostgres({ dataDir: join(folder, name) });
  const close = () => server.stop();
  const database: Database = {
    url: server.url,
    cpu: () => cpuOfFamily(server.pid()),
    async create(wanted, template) {
      await asOwner(server.url, (client) =>
        client.query(`create database ${wanted}${template === undefined ? '' : ` template ${template}`}`),
      );
      const url = new URL(server.url);
      url.pathname = `/${wanted}`;
      return url.href;
    },
    close,
  };
  keep(database);
  moveTo(cores.database, server.pid());
  return database;
}

/** A way into a migrated database under a service's role. */
export function urlAs(ownerUrl: string, role: ServiceRole): string {
  const url = new URL(ownerUrl);
  url.searchParams.set('options', `-c role=${databaseRole(role)}`);
  return url.href;
}

/** Does something over a connection of its own. */
export async function asOwner<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
