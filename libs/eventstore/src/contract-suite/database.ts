import pg from 'pg';
import { databaseRole, type ServiceRole } from '../migrations/sql/roles.js';
import { movedClock } from '../moved-clock.js';
import { migrate } from '../postgres/migrate.js';

/** A migrated database of its own for one spec file. */
export interface StoreDatabase {
  /** As the owner. */
  readonly url: string;
  as(role: ServiceRole): string;
  /** Connections that are closed with the database's spec. */
  connect(role?: ServiceRole): Promise<pg.Client>;
  moveClock(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Migrates an empty database, and opens connections to it. */
export async function storeDatabase(url: string): Promise<StoreDatabase> {
  await migrate({ url });
  const clients: pg.Client[] = [];
  const as = (role: ServiceRole) => {
    const login = new URL(url);
    login.username = databaseRole(role);
    return login.href;
  };
  const connect = async (role?: ServiceRole) => {
    const client = new pg.Client({ connectionString: role ? as(role) : url });
    client.on('error', () => {}); // servers and backends are killed on purpose here
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    url,
    as,
    connect,
    async moveClock(seconds) {
      const owner = await connect();
      await owner.query(movedClock(seconds));
    },
    async close() {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
    },
  };
}
