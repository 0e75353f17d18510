import type { SiemRecord, SiemTopic } from '../siem/siem-topic.js';

/** A topic in memory, for all who publish to it one after the other. */
export interface MemoryTopic {
  /** Everything that was ever written, in order. */
  readonly records: SiemRecord[];
  readonly open: () => SiemTopic;
  /** How many pages were published. */
  readonly pages: () => number;
  /** What happens when records arrive: they are written, or not; an error is what the publisher is told. */
  onPublish: (records: readonly SiemRecord[], write: (records: readonly SiemRecord[]) => void) => void | Promise<void>;
}

export function memorySiemTopic(): MemoryTopic {
  const records: SiemRecord[] = [];
  let pages = 0;
  const write = (more: readonly SiemRecord[]): void => void records.push(...more);
  const topic: MemoryTopic = {
    records,
    pages: () => pages,
    onPublish: (more, put) => put(more),
    open: () => {
      const closed = Promise.withResolvers<never>();
      closed.promise.catch(() => undefined);
      return {
        async publish(more) {
          await Promise.race([topic.onPublish(more, write), closed.promise]);
          pages += 1;
        },
        written: (after) => Promise.resolve(new Set(records.map(positionOf).filter((position) => position > after))),
        close: () => Promise.resolve(closed.reject(new Error('the topic is closed'))),
      };
    },
  };
  return topic;
}

export const positionOf = ({ headers }: SiemRecord): bigint => BigInt(headers['position'] ?? -1);

/** What a record says. */
export const ocsfIn = ({ value }: SiemRecord): Record<string, unknown> =>
  JSON.parse(Buffer.from(value).toString('utf8')) as Record<string, unknown>;
