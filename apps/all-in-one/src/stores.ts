import { type Doorbell, keepHouse, openDoorbell, openEventStore, type PostgresEventStore, type WritingRole } from '@chancery/eventstore';
import type { Config, Log } from '@chancery/platform';
import type { Database } from './database.js';

/** The event store under each service's own role, and what keeps it in order. */
export interface Stores extends Record<WritingRole, PostgresEventStore> {
  readonly doorbell: Doorbell;
  /** Calls after every commit of this process. */
  onRecorded(listener: (recorded: { revoked: boolean }) => void): () => void;
  close(): Promise<void>;
}

export async function openStores(database: Database, config: Config, log: Log): Promise<Stores> {
  const { lanes, connections: readers } = config;
  const open = (role: WritingRole) => openEventStore({ url: database.urlOf(role), role, lanes, readers });
  const [registration, token, exchange] = await Promise.all([open('registration'), open('token'), open('exchange')]);
  const onTrouble = (err: unknown) => log.warn({ err }, 'the event store is being waited for');
  const doorbell = openDoorbell({ url: database.urlOf('relay'), onTrouble });
  const house = keepHouse({ url: database.urlOf('relay'), onTrouble });
  const writing = [registration, token, exchange];
  return {
    registration,
    token,
    exchange,
    doorbell,
    onRecorded(listener) {
      const silence = writing.map((store) => store.onRecorded(listener));
      return () => silence.forEach((hush) => hush());
    },
    async close() {
      await Promise.all([house.stop(), doorbell.close()]);
      await Promise.all(writing.map((store) => store.close()));
    },
  };
}
