import { existsSync, realpathSync } from 'node:fs';
import { postgresBinaries } from './binaries.js';
import { type Cluster, openCluster } from './cluster.js';
import { locateCluster } from './data-folder.js';
import { hold } from './hold.js';
import { clearLeftover } from './leftover.js';
import { freePort } from './port.js';
import { type Server, type ServerExit, startServer } from './server.js';
import { serverUser } from './server-user.js';
import { supervise } from './supervise.js';

export interface EmbeddedPostgresOptions {
  /** PostgreSQL's own folder; made on first use, with a `.password` and a `.lock` file beside it. */
  readonly dataDir: string;
  /** Nobody chose `dataDir`, so it may move to /var/lib/chancery where PostgreSQL's account cannot reach it. */
  readonly defaultFolder?: boolean;
  /** For tests: trades crash safety for speed. */
  readonly volatile?: boolean;
  /** `scram-sha-256` unless told, with a generated password; `trust`, unless told for a volatile one, lets every local user in. */
  readonly auth?: 'scram-sha-256' | 'trust';
  /** PostgreSQL settings of the caller's own, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told what an operator should read on the terminal. */
  readonly onNotice?: (text: string) => void;
  /** The server ended without being asked; it is about to be started again. */
  readonly onExit?: (exit: ServerExit) => void;
  /** The server takes connections again. */
  readonly onRestart?: () => void;
}

export interface EmbeddedPostgres {
  /** With the password, where there is one: a secret. The same for the whole life. */
  readonly url: string;
  /** Where the data really is. */
  readonly dataDir: string;
  /** The server's process id now; another one after a restart. */
  pid(): number;
  /** Ends the server within 5 s. */
  stop(): Promise<void>;
}

/**
 * A real PostgreSQL server from npm's platform packages, on the loopback interface, under an unprivileged account, started again on the same port
 * whenever it dies. Throws DataFolderUnreachableError, DataFolderHeldError, or an Error with PostgreSQL's own words.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { volatile = false, auth = volatile ? 'trust' : 'scram-sha-256', onNotice: notice = () => undefined } = options;
  const user = serverUser(options.dataDir);
  const dataDir = locateCluster({ dataDir: options.dataDir, defaultFolder: options.defaultFolder ?? false }, user, notice);
  const held = hold(`${dataDir}.lock`);
  try {
    if (existsSync(dataDir)) await clearLeftover(realpathSync(dataDir));
    const cluster = await openCluster({ native: postgresBinaries(user), dataDir, user, volatile, trust: auth === 'trust' });
    const { server, port } = await startSomewhere(cluster, options.settings);
    const extra = options.settings !== undefined ? { extra: options.settings } : {};
    const supervised = supervise(server, {
      restart: async (signal) => {
        await clearLeftover(realpathSync(dataDir));
        return startServer(cluster, { port, ...extra }, signal);
      },
      onExit: (exit) => {
        notice(`PostgreSQL ended (${exit.signal ?? exit.code}) and is started again`);
        options.onExit?.(exit);
      },
      onRestart: () => options.onRestart?.(),
      onFailure: (error) => notice(error instanceof Error ? error.message : String(error)),
    });
    return {
      url: urlOf(cluster, port),
      dataDir,
      pid: supervised.pid,
      stop: async () => {
        await supervised.stop();
        held.release();
      },
    };
  } catch (error) {
    held.release();
    throw error;
  }
}

async function startSomewhere(cluster: Cluster, settings?: Readonly<Record<string, string>>): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { server: await startServer(cluster, { port, ...(settings !== undefined && { extra: settings }) }), port };
    } catch (error) {
      // Somebody may take the port between the probe and the bind.
      if (attempt === 3 || !String(error).includes('could not bind')) throw error;
    }
  }
}

function urlOf({ password }: Cluster, port: number): string {
  return `postgres://postgres${password === undefined ? '' : `:${password}`}@127.0.0.1:${port}/postgres`;
}
