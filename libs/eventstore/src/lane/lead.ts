import pg from 'pg';
import { standForLeader } from '../leader.js';
import { TimedClient } from '../postgres/data-source.js';
import type { Following } from '../reader/follow.js';
import { within } from '../within.js';
import { laneName, term, type TermOptions } from './term.js';

/** Who publishes, of all processes that have the lane. */
export interface LaneLead {
  /** With the role `chancery_relay`; not through a pooler, for the leader's lock. */
  readonly url: string;
  /** Milliseconds between two times that the whole set is published again; 7 days unless told, for a topic that keeps what it is told for 30. */
  readonly republishEvery?: number;
  /** Milliseconds between two marks of how far all is published; 5 000 unless told. */
  readonly markEvery?: number;
}

/** What publishes, however it came to it. */
export interface Publishing extends Pick<Following, 'wake' | 'stop'> {
  leading(): boolean;
}

const week = 7 * 24 * 3_600_000;
const goodbye = 2_000;

type FromLane = Omit<TermOptions, 'queryable' | 'leadership' | 'republishEvery' | 'markEvery'>;

/** Publishes while this process leads. */
export function publishByLeader({ url, republishEvery = week, markEvery = 5_000 }: LaneLead, options: FromLane): Publishing {
  const { round, onTrouble } = options;
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'chancery revocations', Client: TimedClient });
  // An idle connection that dies is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => onTrouble?.(error));
  let mine: Following | undefined;
  const standing = standForLeader({
    url,
    name: laneName,
    onLead: (leadership) => void (mine = term({ ...options, queryable: pool, leadership, republishEvery, markEvery })),
    onLose: () => {
      void mine?.stop();
      mine = undefined;
    },
    ...(onTrouble && { onTrouble }),
  });
  const stop = async () => {
    const ended = mine?.stop();
    await within(goodbye, ended);
    await standing.resign();
    await within(goodbye, ended);
    await pool.end();
  };
  let stopping: Promise<void> | undefined;
  return {
    leading: () => standing.leading() !== undefined,
    wake() {
      if (mine) mine.wake();
      // Another one publishes these; they are in the set for the day that this one has to.
      else round.takeNew();
    },
    stop: () => (stopping ??= stop()),
  };
}
