import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Cluster, environment, syncMethod, workingDirectory } from './cluster.js';
import { stopServer } from './leftover.js';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running PostgreSQL server. */
export interface Server {
  readonly pid: number;
  /** Settles when it ended, for whatever reason. */
  readonly exited: Promise<ServerExit>;
  stop(): Promise<void>;
}

const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const volatile = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const common = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  logging_collector: 'off',
  // The services' pools and lanes, and the stripes a lane may lock at once.
  max_connections: '200',
  max_locks_per_transaction: '256',
  // Little to replay after a crash, so that it is back soon.
  checkpoint_timeout: '1min',
  recovery_init_sync_method: syncMethod,
  // What a client sent stays out of the log, and so does what a row held.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** How PostgreSQL is told to run, beyond its defaults. */
export interface ServerSettings {
  readonly port: number;
  readonly extra?: Readonly<Record<string, string>>;
}

/** Starts a server and waits until it takes connections; an abort stops it even before that. Throws with PostgreSQL's own words when it ends instead. */
export async function startServer(cluster: Cluster, { port, extra }: ServerSettings, signal?: AbortSignal): Promise<Server> {
  const settings = { ...common, ...(cluster.volatile ? volatile : durable), ...extra };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(cluster.native, 'bin', 'postgres'), ['-D', cluster.dataDir, '-p', String(port), ...options], {
    ...cluster.user,
    cwd: workingDirectory(cluster.dataDir),
    env: environment,
    // Ctrl-C goes to the whole foreground group, and the database must outlive the services that drain into it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, by) => resolve({ code, signal: by }));
  });
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await stopServer(child.pid);
  };
  const abort = () => void stop();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await ready(child);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return { pid: child.pid as number, exited, stop };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`PostgreSQL ended (${code ?? signal}) while starting: ${log.trim()}`)));
    // Read to the end of its life: a full pipe would stop the server.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes('database system is ready to accept connections')) resolve();
    });
  });
}
