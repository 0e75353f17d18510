import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';
import type { AdminLine } from './admin-line.js';
import { readBack } from './read-back.js';

export interface WrittenPositionsOptions {
  readonly kafka: Kafka;
  readonly admin: AdminLine;
  readonly topic: string;
  /** A prefix of groups that its principal may use. */
  readonly groupPrefix: string;
  readonly signal: AbortSignal;
}

/** Records read back from each partition at first: what a page, the most that can lie behind a checkpoint, puts into one. */
const firstWindow = 1_024n;

/**
 * The positions behind `after` that lie on the topic. Within a partition they only grow, so each is read back from its end, further and further, until a
 * record is met that is not behind it.
 */
export async function writtenPositions(
  after: bigint,
  { kafka, admin, topic, groupPrefix, signal }: WrittenPositionsOptions,
): Promise<ReadonlySet<bigint>> {
  const written = new Set<bigint>();
  let open = await ends(admin, topic);
  for (let window = firstWindow; open.size > 0; window *= 4n) {
    const passed = new Set<number>();
    const ranges = new Map(
      [...open].map(([partition, { low, end }]) => [partition, { from: end - window > low ? end - window : low, end }]),
    );
    await readBack({
      kafka,
      topic,
      groupId: `${groupPrefix}.${randomUUID()}`,
      ranges,
      signal,
      onMessage(message, partition) {
        const position = positionOf(message);
        if (position === undefined) return;
        if (position > after) written.add(position);
        else passed.add(partition);
      },
    });
    open = new Map([...open].filter(([partition, { low }]) => !passed.has(partition) && (ranges.get(partition)?.from ?? low) > low));
  }
  return written;
}

async function ends(admin: AdminLine, topic: string): Promise<ReadonlyMap<number, { low: bigint; end: bigint }>> {
  const partitions = await admin.ask((line) => line.fetchTopicOffsets(topic));
  return new Map(partitions.map(({ partition, low, high }) => [partition, { low: BigInt(low), end: BigInt(high) }]));
}

function positionOf({ headers }: KafkaMessage): bigint | undefined {
  const text = headers?.['position']?.toString();
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
