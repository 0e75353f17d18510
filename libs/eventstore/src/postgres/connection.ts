import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';

/** One connection of the pool, held for long. */
export interface HeldConnection {
  readonly client: ClientBase;
  /** Aborts when the connection is gone. */
  readonly lost: AbortSignal;
  /** Closes it, whatever is in flight on it: nobody gets it again. */
  destroy(): Promise<void>;
}

/** Takes a connection of the pool out for as long as the caller wants. Rejects when the server is away. */
export async function holdConnection(dataSource: DataSource): Promise<HeldConnection> {
  const queryRunner = dataSource.createQueryRunner();
  const client = (await queryRunner.connect()) as ClientBase & { end(): Promise<void> };
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  return {
    client,
    lost: lost.signal,
    async destroy() {
      // A client that is ending is not taken back by the pool; with a statement in flight its socket is cut.
      const ended = client.end().catch(() => {});
      await queryRunner.release();
      await ended;
    },
  };
}
