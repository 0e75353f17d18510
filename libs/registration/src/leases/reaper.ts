import { follow, type Following, type PostgresEventStore, standForLeader } from '@chancery/eventstore';
import { limits } from '@chancery/oauth';
import type { Log } from '@chancery/platform';
import { openClocks } from './clocks.js';
import { dueLeasesIn } from './due-leases.js';
import { reap } from './reap.js';

export interface ReaperOptions {
  readonly store: PostgresEventStore;
  /** For the leader's lock: not through a pooler. */
  readonly url: string;
  readonly log: Log;
  onTrouble?(error: unknown): void;
  /** Seconds since 1970 by this machine's clock. */
  wall?(): number;
  /** Milliseconds between two rounds; those of the limits unless told. */
  readonly every?: number;
}

export interface Reaper {
  /** Gives the lead up, and ends after the agents in hand. */
  stop(): Promise<void>;
}

/** Records how leases run out; of all processes that run it, one does. */
export function runReaper(options: ReaperOptions): Reaper {
  const { store, url, log, onTrouble, wall = () => Date.now() / 1_000, every = limits.leaseRoundSeconds * 1_000 } = options;
  const clocks = openClocks({ database: () => store.now(), wall, log });
  const due = dueLeasesIn(store.dataSource);
  const told = onTrouble && { onTrouble };
  let rounds: Following | undefined;
  const round = async (signal: AbortSignal) => {
    await reap({ store, due, clocks, signal });
    return false;
  };
  const standing = standForLeader({
    url,
    name: 'registration/leases',
    onLead: ({ signal }) => {
      rounds = follow({ step: () => round(signal), pollEvery: every, ...told });
    },
    onLose: () => void rounds?.stop(),
    ...told,
  });
  return {
    async stop() {
      await standing.resign();
      await rounds?.stop();
    },
  };
}
