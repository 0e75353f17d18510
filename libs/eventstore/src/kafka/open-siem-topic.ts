import { setTimeout as sleep } from 'node:timers/promises';
import { siemTopic } from '@chancery/events';
import { within } from '../within.js';
import { AdminLine } from './admin-line.js';
import type { KafkaRecord } from './cloud-event.js';
import { groupName, type KafkaConnection, openKafka, topicName } from './connection.js';
import { openTopicLine } from './topic-line.js';
import { writtenPositions } from './written-positions.js';

/** A record for security teams. Order is kept per key. */
export interface SiemRecord {
  readonly key: string;
  readonly value: Uint8Array;
  /** `position` among them, in decimal: what it is about, and what `written` finds it by. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** `chancery.siem.ocsf`, for the one process that writes it. */
export interface SiemTopic {
  /**
   * Resolves when all are durable, however long the cluster is away.
   * @param signal when it aborts, what has not gone out goes out no more
   * @throws StoreUnavailable when it was closed or aborted, or the broker refuses the records: it is not known what is there
   */
  publish(records: readonly SiemRecord[], signal?: AbortSignal): Promise<void>;
  /**
   * Positions greater than `after` that are on the topic already, for who publishes in their order and knows that all through `after` are there.
   * Answers however long the cluster is away. @throws Error when it was closed
   */
  written(after: bigint): Promise<ReadonlySet<bigint>>;
  close(): Promise<void>;
}

const longestPause = 2_000;

export function openSiemTopic(options: KafkaConnection): SiemTopic {
  const kafka = openKafka(options);
  const admin = new AdminLine(kafka);
  const topic = topicName(options, siemTopic);
  const closed = new AbortController();
  const { signal } = closed;
  const reading = new Set<Promise<unknown>>();

  const written = async (after: bigint): Promise<ReadonlySet<bigint>> => {
    for (let pause = 100; ; pause = Math.min(pause * 2, longestPause)) {
      if (signal.aborted) throw new Error('the topic is closed');
      try {
        return await writtenPositions(after, { kafka, admin, topic, groupPrefix: groupName(options, 'written', siemTopic), signal });
      } catch (error) {
        if (!signal.aborted) options.onTrouble?.(error);
      }
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  };
  const line = openTopicLine(
    { ...options, giveUpAfter: Infinity, missing: (records) => notWritten(records, written) },
    { kafka, admin, topic },
  );
  return {
    publish: (records, abort) => line.publish(records.map(asSent), abort),
    async written(after) {
      const mine = written(after);
      reading.add(mine);
      try {
        return await mine;
      } finally {
        reading.delete(mine);
      }
    },
    async close() {
      closed.abort();
      await Promise.all([line.close(), within(2_000, Promise.allSettled(reading))]);
      await admin.close();
    },
  };
}

const asSent = ({ key, value, headers = {} }: SiemRecord) => ({
  key,
  value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  headers,
});

/** Of records whose answer was lost, those that are not there. */
async function notWritten(
  records: readonly KafkaRecord[],
  written: (after: bigint) => Promise<ReadonlySet<bigint>>,
): Promise<readonly KafkaRecord[]> {
  const positions = records.map(({ headers }) => BigInt(String(headers['position'] ?? 0)));
  const first = positions.reduce((least, position) => (position < least ? position : least), positions[0] ?? 0n);
  const there = await written(first - 1n);
  return records.filter((_, at) => !there.has(positions[at] ?? 0n));
}
