import type { ChanceryEvent } from '@chancery/events';
import pg from 'pg';
import { prepareAppend } from '../append/prepared.js';
import type { WritingRole } from '../migrations/sql/permissions.js';
import { batchCall } from '../postgres/batch-call.js';
import { migrate } from '../postgres/migrate.js';

/** For specs of readers: a migrated database and a connection of its owner, on which transactions may stay open. */
export interface SpecStore {
  readonly url: string;
  readonly client: pg.Client;
  /** Records harmless events of one agent, one after the other; answers its stream. */
  resume(agentId: string, expected?: number, count?: number): Promise<string>;
  record(stream: string, expected: number, events: readonly ChanceryEvent[], role?: WritingRole): Promise<void>;
  /** Writes a row that no append would: what a newer release or a broken disk leaves. */
  plant(event: { stream: string; type: string; version?: number; data?: string; digestOf?: string }): Promise<void>;
  /** Ends the sessions that hold this application name, as a restart of the database would. */
  endSessions(applicationName: string): Promise<number>;
  close(): Promise<void>;
}

/** `url` names an empty database. */
export async function specStore(url: string): Promise<SpecStore> {
  await migrate({ url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const record: SpecStore['record'] = async (stream, expected, events, role = 'registration') => {
    await client.query(batchCall(role, [prepareAppend({ streams: [{ stream, expected, events }] })]));
  };
  return {
    url,
    client,
    record,
    async resume(agentId, expected = 0, count = 1) {
      const stream = `main/agent/${agentId}`;
      const event = { type: 'agent.resumed', agentId, reason: 'a spec', by: 'system' } as const;
      await record(
        stream,
        expected,
        Array.from({ length: count }, () => event),
      );
      return stream;
    },
    async plant({ stream, type, version = 1, data = '{}', digestOf = data }) {
      await client.query(
        `insert into es.event (position, epoch, stream, revision, version, fence, id, at, type, digest, data)
         select nextval('es.position'), 1, $1, 1, $3, false, gen_random_uuid(), es.now(), $2, sha256(convert_to($5, 'UTF8')), convert_to($4, 'UTF8')`,
        [stream, type, version, data, digestOf],
      );
    },
    async endSessions(applicationName) {
      const { rowCount } = await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1',
        [applicationName],
      );
      return rowCount ?? 0;
    },
    close: () => client.end(),
  };
}
