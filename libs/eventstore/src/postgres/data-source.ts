import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';

export interface DataSourceSettings {
  readonly url: string;
  readonly applicationName: string;
  /** The most connections it holds. Callers beyond it wait for one, however long. */
  readonly connections: number;
  readonly entities?: DataSourceOptions['entities'];
}

/** A server that takes the connection and says nothing is away, after this many milliseconds. */
const connectTimeout = 5_000;
/** Longer than the roles' statement_timeout: only a server that cannot even say so meets it. */
const answerTimeout = 15_000;

/**
 * A connection as every pool here makes it. Its time-out is its own: the pool's would also end the wait for a free connection, which may take as long as
 * it takes. And it survives a server that greets and hangs up in one breath: the pool has stopped listening by then, whoever asked for the
 * connection has not begun, and an error that nobody hears ends the process. The pool throws such a connection away when it comes back.
 */
export class TimedClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, connectionTimeoutMillis: connectTimeout, query_timeout: answerTimeout, keepAlive: true });
    this.on('error', () => {});
  }
}

/** Opens a pool of connections. Rejects when the server cannot be reached. */
export const openDataSource = ({ url, applicationName, connections, entities = [] }: DataSourceSettings): Promise<DataSource> =>
  new DataSource({
    type: 'postgres',
    url,
    entities,
    applicationName,
    poolSize: connections,
    installExtensions: false,
    logging: false,
    extra: { Client: TimedClient },
  }).initialize();

/** Runs hand-written statements of the hot path on one connection of the pool; a connection on which one failed is not used again. */
export async function withClient<T>(dataSource: DataSource, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const { master } = dataSource.driver as unknown as { master: pg.Pool };
  const client = await master.connect();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure = error;
  };
  // A connection may break with nobody asking it anything; unheard, that would end the process.
  client.on('error', fail);
  try {
    return await work(client);
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.release(failure);
    client.removeListener('error', fail);
  }
}
