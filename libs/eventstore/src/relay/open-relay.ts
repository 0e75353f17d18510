import pg from 'pg';
import type { Bus } from '../bus.js';
import { FencedCheckpoint, LeadLost } from '../fenced-checkpoint.js';
import { type Leadership, standForLeader } from '../leader.js';
import { TimedClient } from '../postgres/data-source.js';
import { channels } from '../postgres/notifier.js';
import type { Doorbell } from '../reader/doorbell.js';
import { follow, type Following } from '../reader/follow.js';
import { ReaderStopped } from '../reader/stored-event.js';
import { within } from '../within.js';
import { secondsBehind } from './behind.js';
import { relayPage } from './relay-page.js';

export interface RelayOptions {
  /** With the role `chancery_relay`; not through a pooler, for the leader's lock. */
  readonly url: string;
  /** Best one that waits as long as the cluster is away: a page that is given up is published again, and what was on its way arrives twice. */
  readonly bus: Pick<Bus, 'publish'>;
  /** `onRecorded` of a store in this process. */
  readonly onRecorded?: (listener: () => void) => () => void;
  /** For appends of other processes. */
  readonly doorbell?: Doorbell;
  /** Milliseconds; 250 unless told. */
  readonly pollEvery?: number;
  /** Events published at once; 1 000 unless told. */
  readonly pageSize?: number;
  onTrouble?(error: unknown): void;
  /** An event that cannot be published (S-163): raise an alarm. This relay stands for the lead no more; one of another release may be able to go on. */
  onStopped?(error: ReaderStopped): void;
}

export interface RelayStatus {
  readonly leading: boolean;
  /** Seconds since the oldest event that was not published yet was recorded, whoever leads; 0 when there is none. */
  readonly behind: number;
}

export interface Relay {
  leading(): boolean;
  /** Asks the store. */
  status(): Promise<RelayStatus>;
  /** The page in hand has two seconds to get through; after that nothing more is published by this relay. */
  stop(): Promise<void>;
}

/** The leader's name, and its checkpoint's. */
const name = 'relay';
const goodbye = 2_000;

/**
 * The relay (design §4): of all that stand, the leader publishes every event in the order of commits, page by page, and moves its checkpoint behind it.
 * At least once, and each stream in its order; consumers drop what comes twice by its id.
 */
export function openRelay(options: RelayOptions): Relay {
  const { url, onTrouble } = options;
  const pool = openPool(options);
  let term: Following | undefined;
  let stopping: Promise<void> | undefined;

  const over = (error: Error | undefined, leadership: Leadership): void => {
    if (error instanceof LeadLost) leadership.stepDown();
    if (!(error instanceof ReaderStopped)) return;
    void standing.resign();
    options.onStopped?.(error);
  };
  const standing = standForLeader({
    url,
    name,
    onLead: (leadership) => {
      if (stopping) return;
      const mine = publish(options, pool, leadership);
      term = mine;
      void mine.ended.then((error) => over(error, leadership));
    },
    onLose: () => void term?.stop(),
    ...(onTrouble && { onTrouble }),
  });
  const wake = () => term?.wake();
  const silence = [options.onRecorded?.(wake), options.doorbell?.on(channels.events, wake)];
  const stop = async () => {
    for (const hush of silence) hush?.();
    const ended = term?.stop();
    await within(goodbye, ended);
    await standing.resign();
    await within(goodbye, ended);
    await pool.end();
  };
  const leading = () => standing.leading() !== undefined;
  return {
    leading,
    status: async () => ({ leading: leading(), behind: await secondsBehind(pool, name) }),
    stop: () => (stopping ??= stop()),
  };
}

function openPool({ url, onTrouble }: RelayOptions): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'chancery relay', Client: TimedClient });
  // An idle connection that dies is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => onTrouble?.(error));
  return pool;
}

/** One term of the lead. */
function publish(
  { bus, pageSize = 1_000, pollEvery, onTrouble }: RelayOptions,
  pool: pg.Pool,
  { generation, signal }: Leadership,
): Following {
  const checkpoint = new FencedCheckpoint({ queryable: pool, name, generation });
  return follow({
    step: () => relayPage({ queryable: pool, bus, checkpoint, signal, limit: pageSize }),
    endsIt: (error) => error instanceof ReaderStopped || error instanceof LeadLost,
    ...(pollEvery && { pollEvery }),
    onTrouble: (error) => {
      // Waiting that the end of the term cut short is no trouble.
      if (!signal.aborted) onTrouble?.(error);
    },
  });
}
