import pg from 'pg';

export interface Session {
  readonly client: pg.Client;
  /** Resolves as soon as the connection is gone, whoever ended it. */
  readonly lost: Promise<void>;
  /** Ends within a second even when the other side no longer answers. */
  close(): Promise<void>;
}

/** A connection of its own, for what lives in the session: LISTEN and advisory locks. Never through a pooler (design §4). */
export async function openSession(url: string, applicationName: string): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    // A server that stopped answering is as lost as one that hung up.
    query_timeout: 3_000,
    keepAlive: true,
  });
  const lost = new Promise<void>((resolve) => {
    client.once('end', () => resolve());
    client.on('error', () => resolve());
  });
  try {
    await client.connect();
  } catch (error) {
    await end(client);
    throw error;
  }
  return { client, lost, close: () => end(client) };
}

async function end(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
  const cut = setTimeout(() => stream.destroy(), 1_000);
  try {
    await client.end();
  } catch {
    // Already gone.
  } finally {
    clearTimeout(cut);
  }
}
