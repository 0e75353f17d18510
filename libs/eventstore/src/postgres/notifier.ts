import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { holdConnection, type HeldConnection } from './connection.js';

/** Channels that readers LISTEN on; without payload, since a reader looks for itself. */
export const channels = { events: 'chancery_events', revocations: 'chancery_revocations' } as const;

export interface Notifier {
  /** Something was committed. */
  notify(recorded: { revoked: boolean }): void;
  close(): Promise<void>;
}

/** Milliseconds between two notices of ordinary events; readers poll besides. */
const pause = 25;

/**
 * Tells other processes, after the commit and on a connection of its own: a NOTIFY inside the append would serialise all commits. One notice at a time;
 * what happens meanwhile goes together in the next, and revocations wait for no pause. A notice that cannot be sent is lost: whoever missed it polls.
 */
export function notifier(dataSource: DataSource): Notifier {
  let connection: HeldConnection | undefined;
  let running: Promise<void> | undefined;
  const closing = new AbortController();
  const closed = closing.signal;
  const wanted = new Set<string>();
  let hurry = new AbortController();

  const send = async () => {
    const batch = [...wanted];
    wanted.clear();
    if (batch.length === 0) return;
    try {
      connection ??= await ready(dataSource);
      await connection.client.query('select pg_notify(channel, $2) from unnest($1::text[]) channel', [batch, '']);
    } catch {
      await connection?.destroy();
      connection = undefined;
    }
  };
  const run = async () => {
    while (wanted.size > 0 && !closed.aborted) {
      await send();
      await sleep(pause, undefined, { signal: hurry.signal, ref: false }).catch(() => {});
      hurry = new AbortController();
    }
    running = undefined;
  };

  return {
    notify({ revoked }) {
      if (closed.aborted) return;
      wanted.add(channels.events);
      if (revoked) {
        wanted.add(channels.revocations);
        hurry.abort();
      }
      running ??= run();
    },
    async close() {
      closing.abort();
      hurry.abort();
      await running;
      await send();
      await connection?.destroy();
    },
  };
}

async function ready(dataSource: DataSource): Promise<HeldConnection> {
  const connection = await holdConnection(dataSource);
  // A notice is worth no flush to disk: what it speaks of is durable already.
  await connection.client.query('set synchronous_commit = off');
  return connection;
}
