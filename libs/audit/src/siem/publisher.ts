import { setTimeout as sleep } from 'node:timers/promises';
import { type Leadership, standForLeader } from '@chancery/eventstore';
import type { Log } from '@chancery/platform';
import type { DataSource } from 'typeorm';
import type { HeadWatch } from '../log/head-watch.js';
import { moveSiemCheckpoint, readSiemCheckpoint } from './checkpoint.js';
import { siemRecord } from './ocsf/ocsf-of.js';
import { readSiemPage, SiemStopped } from './read-entries.js';
import { release } from './release.js';
import type { SiemTopic } from './siem-topic.js';

export interface SiemOptions {
  /** A login of role `chancery_audit`, not through a pooler: one replica publishes, the one that holds a lock. */
  readonly url: string;
  /** Opened for each term of publishing, and closed with it. */
  readonly open: () => SiemTopic;
}

export interface PublisherDeps extends SiemOptions {
  readonly dataSource: DataSource;
  readonly tenant: string;
  readonly watch: HeadWatch;
  readonly log: Log;
  /** Milliseconds between two pages while there is less than one: what comes meanwhile travels, and is committed, together. 200 unless told. */
  readonly gather?: number;
  /** Milliseconds after something went wrong; 1 000 unless told. */
  readonly retryAfter?: number;
}

/** Tells SIEMs of issuances and revocations. */
export interface Publisher {
  /** The page in hand is published first, if the cluster takes it within five seconds; what is left, the next start publishes. */
  end(): Promise<void>;
}

const patience = 5_000;

/**
 * Publishes the log's issuances and revocations in its order, then moves its checkpoint. Whoever begins first asks the topic what of the page
 * behind the checkpoint is there already, so that a kill between the two doubles nothing.
 */
export function openPublisher(deps: PublisherDeps): Publisher {
  const stop = new AbortController();
  let working: Promise<void> = Promise.resolve();
  const standing = standForLeader({
    url: deps.url,
    name: 'siem',
    onLead: (leadership) => {
      // An earlier term of this process must be over: two would publish the same page.
      working = working.then(() => lead(deps, leadership, stop.signal));
    },
    onTrouble: (err) => deps.log.warn({ err, topic: 'chancery.siem.ocsf' }, 'the lead in publishing for SIEMs is being waited for'),
  });
  return {
    async end() {
      stop.abort();
      const late = new AbortController();
      await Promise.race([working, sleep(patience, undefined, { signal: late.signal }).catch(() => undefined)]);
      late.abort();
      await standing.resign();
      await working;
    },
  };
}

/** Publishes until the lead is lost or the service stops, whatever goes wrong meanwhile. */
async function lead(deps: PublisherDeps, { signal: lost }: Leadership, stop: AbortSignal): Promise<void> {
  const over = AbortSignal.any([lost, stop]);
  while (!over.aborted) {
    try {
      await term(deps, lost, over);
    } catch (err) {
      if (over.aborted) return;
      alarm(err, deps.log);
      await pause(err instanceof SiemStopped ? 60_000 : (deps.retryAfter ?? 1_000), over);
    }
  }
}

function alarm(err: unknown, log: Log): void {
  const topic = 'chancery.siem.ocsf';
  if (err instanceof SiemStopped)
    log.error({ err, topic, position: String(err.position), reason: 'siem_stopped' }, 'an entry of the log cannot be told to SIEMs');
  else log.warn({ err, topic }, 'records for SIEMs are waiting');
}

/** From what is durable to the first trouble: nothing that is only known in memory outlives it. */
async function term(deps: PublisherDeps, lost: AbortSignal, over: AbortSignal): Promise<void> {
  const { dataSource, tenant, watch, gather = 200 } = deps;
  const topic = deps.open();
  const close = (): void => void topic.close();
  lost.addEventListener('abort', close, { once: true });
  try {
    let from = await readSiemCheckpoint(dataSource, tenant);
    const written = await topic.written(BigInt(from));
    while (!over.aborted) {
      const { to, full } = await publishPage(deps, topic, { from, written, lost });
      from = to;
      if (full) continue;
      await pause(gather, over);
      await watch.beyond(from, { milliseconds: 25_000, signal: over });
    }
  } finally {
    lost.removeEventListener('abort', close);
    await topic.close();
  }
}

interface Place {
  readonly from: number;
  /** On the topic already, before this term. */
  readonly written: ReadonlySet<bigint>;
  readonly lost: AbortSignal;
}

async function publishPage({ dataSource, tenant }: PublisherDeps, topic: SiemTopic, { from, written, lost }: Place) {
  const { entries, to, full, stopped } = await readSiemPage(dataSource, tenant, from);
  if (stopped && to === from) throw stopped;
  const fresh = entries.filter(({ position }) => !written.has(BigInt(position)));
  lost.throwIfAborted();
  if (fresh.length > 0)
    await topic.publish(
      fresh.map((entry) => siemRecord(entry, release)),
      lost,
    );
  // Who has lost the lead leaves the page to the next one, which asks what is there.
  lost.throwIfAborted();
  if (to > from) await moveSiemCheckpoint(dataSource, tenant, { from, to });
  return { to, full: full || stopped !== undefined };
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
