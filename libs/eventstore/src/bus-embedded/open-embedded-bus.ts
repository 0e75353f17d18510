import { setTimeout as pause } from 'node:timers/promises';
import { topics, type Topic } from '@chancery/events';
import pg from 'pg';
import type { Bus, SubscribeOptions } from '../bus.js';
import { TimedClient } from '../postgres/data-source.js';
import { channels } from '../postgres/notifier.js';
import { gatherFor } from '../reader/gathering.js';
import type { Doorbell } from '../reader/doorbell.js';
import { Consumer } from './consumer.js';
import { Member } from './member.js';
import { MemoryShelf } from './memory-shelf.js';
import { MemorySource } from './memory-source.js';
import { publisher } from './publish.js';
import { dropQuarantined, listQuarantined } from './quarantine-table.js';
import { readingAhead } from './reading-ahead.js';
import type { Source } from './source.js';
import { storeSource } from './store-source.js';
import { tableShelf } from './table-shelf.js';
import { activitySource, quarantineSource } from './table-source.js';

export interface EmbeddedBusOptions {
  /** With a service's role; not through a pooler, for the groups' locks. */
  readonly url: string;
  /** `onRecorded` of a store in this process: what it records is handed on at once. */
  readonly onRecorded?: (listener: () => void) => () => void;
  /** For appends of other processes. */
  readonly doorbell?: Doorbell;
  /** Milliseconds before each further try of a record that failed; 100, 200, 400, 800 and 1 600 unless told. */
  readonly retries?: readonly number[];
  /** Waits between tries; for specs, which do not. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds; 250 unless told. */
  readonly pollEvery?: number;
  /** Milliseconds that records gather for while many come, 100 unless told: the first after quiet, and every revocation, is handed on at once. */
  readonly gather?: number;
  onTrouble?(error: unknown): void;
}

/** The embedded adapter of the bus (design §5): the store itself, two append-only tables beside it, and revocations in memory. */
export function openEmbeddedBus(options: EmbeddedBusOptions): Bus {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: 4,
    application_name: 'chancery bus',
    Client: TimedClient,
  });
  // An idle connection that dies is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => options.onTrouble?.(error));
  const revocations = new MemorySource();
  const members = new Set<Member>();
  const memoryShelves = new Map<SubscribeOptions, MemoryShelf>();
  const wake = () => members.forEach((member) => member.wake());
  const silence = [revocations.published.add(wake), options.onRecorded?.(wake), options.doorbell?.on(channels.events, wake)];
  let lastMemoryId = 0n;

  const shelfFor = (subscription: SubscribeOptions, topic: Topic) => {
    if (topic !== topics.revocations) return tableShelf(pool, subscription.group, topic);
    // Below zero, apart from the table's.
    const shelf = new MemoryShelf(subscription.group, () => (lastMemoryId -= 1n));
    memoryShelves.set(subscription, shelf);
    return shelf;
  };
  const consumer = (subscription: SubscribeOptions) => (topic: Topic) =>
    new Consumer({
      ...optional(options, subscription),
      // A revocation is in this process already: it costs the database nothing, and waits for nothing.
      gather: isOwn(topic) ? 0 : (options.gather ?? gatherFor),
      topic,
      source: sourceOf(topic, pool, revocations),
      shelf: shelfFor(subscription, topic),
      handle: (records) => subscription.handle(records),
      retries: options.retries ?? [100, 200, 400, 800, 1_600],
      sleep: options.sleep ?? ((ms, signal) => pause(ms, undefined, { signal })),
    });
  return {
    publish: publisher(pool, revocations, wake),
    async subscribe(subscription) {
      const member = new Member({
        url: options.url,
        group: subscription.group,
        shared: subscription.topics.filter((topic) => !isOwn(topic)).map(consumer(subscription)),
        own: subscription.topics.filter(isOwn).map(consumer(subscription)),
        ...(options.onTrouble && { onTrouble: options.onTrouble }),
      });
      members.add(member);
      return {
        caughtUp: () => member.caughtUp(),
        async stop() {
          members.delete(member);
          memoryShelves.delete(subscription);
          await member.stop();
        },
      };
    },
    async quarantined(group) {
      const kept = [...memoryShelves.values()].flatMap((shelf) => shelf.list()).filter((one) => group === undefined || one.group === group);
      return [...(await listQuarantined(pool, group)), ...kept];
    },
    async retry(group, key) {
      const mine = [...members].filter((member) => member.group === group);
      if (mine.length === 0) throw new Error(`no subscription of group ${group} here`);
      await Promise.all(mine.map((member) => member.retry(key)));
    },
    async drop(id) {
      const dropped = id < 0n ? [...memoryShelves.values()].some((shelf) => shelf.drop(id)) : await dropQuarantined(pool, id);
      if (!dropped) throw new RangeError('nothing in quarantine has that id');
      wake();
    },
    async close() {
      for (const hush of silence) hush?.();
      await Promise.all([...members].map((member) => member.stop()));
      await pool.end();
    },
  };
}

/** Lives in each process, not in the database. */
const isOwn = (topic: Topic): boolean => topic === topics.revocations;

function sourceOf(topic: Topic, pool: pg.Pool, revocations: MemorySource): Source {
  if (topic === topics.revocations) return revocations;
  // What is in quarantine changes, so that it is read when it is needed.
  if (topic === topics.quarantine) return quarantineSource(pool);
  return readingAhead(topic === topics.activity ? activitySource(pool) : storeSource(pool, topic));
}

const optional = ({ pollEvery, onTrouble }: EmbeddedBusOptions, { onAlarm }: SubscribeOptions) => ({
  ...(pollEvery && { pollEvery }),
  ...(onTrouble && { onTrouble }),
  ...(onAlarm && { onAlarm }),
});
