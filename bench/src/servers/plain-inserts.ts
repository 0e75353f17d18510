import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@chancery/events';
import { newId } from '@chancery/platform';
import pg from 'pg';
import { type Basis, tokenIssued } from '../samples.js';

export const plainTable = `create table plain (id uuid primary key, stream text not null, revision integer not null, type text not null,
  at timestamptz not null default now(), data bytea not null, unique (stream, revision))`;

interface Waiting {
  readonly stream: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly done: (trouble?: string) => void;
}

/** The least that a durable event costs: those that came while the last ones were written go together, and nothing is checked. */
export async function plainInserts(url: string, lanes: number) {
  const waiting: Waiting[] = [];
  const idle: pg.Client[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    idle.push(client);
  }
  const flush = async (client: pg.Client) => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 256);
      const values = [
        batch.map(() => randomUUID()),
        batch.map(({ stream }) => stream),
        batch.map(({ type }) => type),
        batch.map(({ data }) => data),
      ];
      const trouble = await client.query({ name: 'plain', text: insert, values }).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      for (const { done } of batch) done(trouble);
    }
    idle.push(client);
  };
  return {
    append({ agentId }: Basis): Promise<string | undefined> {
      const grantId = newId('gr');
      const { type, data } = encodeEvent(tokenIssued(grantId, agentId));
      return new Promise((done) => {
        waiting.push({ stream: `main/grant/${grantId}`, type, data, done });
        const client = idle.pop();
        // After this turn: who asks now goes along.
        if (client) queueMicrotask(() => void flush(client));
      });
    },
  };
}

const insert = `insert into plain (id, stream, revision, type, data)
  select id, stream, 1, type, data from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) as given (id, stream, type, data)`;
