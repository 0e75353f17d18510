import { setTimeout } from 'node:timers/promises';
import { advisoryLocks } from './postgres/advisory-locks.js';
import { follow } from './reader/follow.js';
import { rowsOf } from './reader/queryable.js';
import { openSession, type Session } from './reader/session.js';

/** One process of all those that stand under a name, until its connection is gone. */
export interface Leadership {
  /** Higher than every earlier leader's: what a leader writes outside is fenced by it. */
  readonly generation: bigint;
  /** Aborts as soon as it no longer leads. */
  readonly signal: AbortSignal;
  /** Gives this term up, and stands again: for who learns that another one leads. */
  stepDown(): void;
}

export interface StandOptions {
  /** Not through a pooler: a second client would "get" the leader's lock. */
  readonly url: string;
  readonly name: string;
  onLead(leadership: Leadership): void;
  onLose?(): void;
  onTrouble?(error: unknown): void;
  /** Milliseconds between two tries to take the lead; 250 unless told. */
  readonly retryEvery?: number;
}

export interface Standing {
  leading(): Leadership | undefined;
  /** Gives the lead up, and stands no more. */
  resign(): Promise<void>;
}

const beatEvery = 1_000;

/** Stands for leader by a session advisory lock on a connection of its own; who loses the connection has lost the lead. */
export function standForLeader({ url, name, onLead, onLose, onTrouble, retryEvery = 250 }: StandOptions): Standing {
  let session: Session | undefined;
  let leadership: Leadership | undefined;
  let resigned = false;

  const term = async (held: Session): Promise<boolean> => {
    if (!(await tryLock(held, name))) return false;
    const lead = new AbortController();
    leadership = { generation: await nextGeneration(held, name), signal: lead.signal, stepDown: () => void held.close() };
    try {
      if (resigned) return true;
      onLead(leadership);
      await untilLost(held);
    } finally {
      leadership = undefined;
      lead.abort();
      onLose?.();
    }
    if (!resigned) throw new Error(`lost the lead of ${name}: its connection is gone`);
    return true;
  };

  const standing = follow({
    async step() {
      session ??= await open(url, name);
      let keep = false;
      try {
        keep = !(await term(session)) && !resigned;
      } finally {
        if (!keep) {
          const over = session;
          session = undefined;
          await over.close();
        }
      }
      return false;
    },
    pollEvery: retryEvery,
    ...(onTrouble && { onTrouble }),
  });
  return {
    leading: () => leadership,
    async resign() {
      resigned = true;
      await Promise.all([session?.close(), standing.stop()]);
    },
  };
}

async function open(url: string, name: string): Promise<Session> {
  const session = await openSession(url, `chancery leader ${name}`.slice(0, 63));
  // A leader whose machine vanished must not keep the lock for the hours a default takes to notice.
  await session.client.query('set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3');
  return session;
}

async function tryLock({ client }: Session, name: string): Promise<boolean> {
  const [row] = await rowsOf<{ locked: boolean }>(client, 'select pg_try_advisory_lock($1, hashtext($2)) as locked', [
    advisoryLocks.leader,
    name,
  ]);
  return row?.locked ?? false;
}

async function nextGeneration({ client }: Session, name: string): Promise<bigint> {
  const [row] = await rowsOf<{ generation: string }>(
    client,
    `insert into es.leader as l (name, generation) values ($1, 1)
     on conflict (name) do update set generation = l.generation + 1 returning generation::text as generation`,
    [name],
  );
  return BigInt(row?.generation ?? 0);
}

/** A connection that hangs is found by asking, one that is closed by being told. */
async function untilLost({ client, lost }: Session): Promise<void> {
  const over = new AbortController();
  const closed = lost.then(() => over.abort());
  while (!over.signal.aborted) {
    try {
      await client.query('select 1');
    } catch {
      return;
    }
    await Promise.race([closed, setTimeout(beatEvery, undefined, { ref: false })]);
  }
}
