import { standForLeader, type Leadership } from './leader.js';
import { follow, type Following } from './reader/follow.js';
import { openSession } from './reader/session.js';

export interface HousekeepingOptions {
  /** With the role `chancery_relay`. */
  readonly url: string;
  /** Milliseconds between two rounds; a minute unless told. The ring of reservations turns in about half an hour. */
  readonly every?: number;
  onTrouble?(error: unknown): void;
}

export interface Housekeeping {
  stop(): Promise<void>;
}

// Each in a transaction of its own, and short: what has written and stays open holds the readers back.
const chores = ['select es.ensure_partitions()', 'select es.truncate_ring()', 'select es.prune_revocations()'];

/** Keeps partitions ahead, the ring of reservations turning and the revocation set small; one process of all that run it. */
export function keepHouse({ url, every = 60_000, onTrouble }: HousekeepingOptions): Housekeeping {
  let rounds: Following | undefined;
  const standing = standForLeader({
    url,
    name: 'housekeeping',
    onLead: (leadership) => {
      rounds = follow({ step: () => round(url, leadership), pollEvery: every, ...(onTrouble && { onTrouble }) });
    },
    onLose: () => void rounds?.stop(),
    ...(onTrouble && { onTrouble }),
  });
  return {
    async stop() {
      await standing.resign();
      await rounds?.stop();
    },
  };
}

async function round(url: string, { signal }: Leadership): Promise<boolean> {
  const { client, close } = await openSession(url, 'chancery housekeeping');
  try {
    for (const chore of chores) if (!signal.aborted) await client.query(chore);
  } finally {
    await close();
  }
  return false;
}
