import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@chancery/eventstore/embedded';
import { startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';

/** A PostgreSQL with the settings of production: fsync and synchronous_commit on. */
export interface Database {
  /** Of its owner, straight to it. */
  readonly url: string;
  /** The same over the wire, which is the way of every service. */
  readonly wiredUrl: string;
  readonly wire: TcpProxy;
  readonly port: number;
  /** Ends the server as a crash would, and resolves when it is back. */
  kill(): Promise<void>;
  pid(): number;
  close(): Promise<void>;
}

export async function startDatabase(folder: string, settings?: Readonly<Record<string, string>>): Promise<Database> {
  let restarts = 0;
  const server: EmbeddedPostgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    ...(settings && { settings }),
    onRestart: () => (restarts += 1),
  });
  const port = Number(new URL(server.url).port);
  const wire = await startTcpProxy({ host: '127.0.0.1', port });
  const wired = new URL(server.url);
  wired.port = String(wire.port);
  return {
    url: server.url,
    wiredUrl: wired.href,
    wire,
    port,
    pid: () => server.pid(),
    async kill() {
      const before = restarts;
      process.kill(server.pid(), 'SIGKILL');
      await waitFor(() => restarts > before, { timeout: 60_000 });
    },
    async close() {
      await wire.close();
      await server.stop();
    },
  };
}
