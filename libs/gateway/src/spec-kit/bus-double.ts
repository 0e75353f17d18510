import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord, SubscribeOptions } from '@chancery/eventstore';
import { decodeEvent, topics } from '@chancery/events';
import type { SignedRecord } from '@chancery/oauth';

/** A bus driven by hand: what is published is kept, what is delivered goes to whoever subscribed. */
export interface BusDouble extends Bus {
  readonly published: BusRecord[];
  /** What publishing fails with, if anything. */
  away: Error | undefined;
  /** What every publishing waits for. */
  sending: Promise<void> | undefined;
  /** Hands a revocation record to the subscribers. */
  deliver(record: { type: string; data: string | Uint8Array; sig?: string; sigkid?: string }): Promise<void>;
  /** What the bus sets aside itself: it never comes to a handler. */
  setAside(cause: string): void;
  /** Everything that is there has been handed over; a promise that is pending keeps followers from being live. */
  caughtUp: Promise<void>;
  /** Published calls, decoded, in order. */
  calls(): Record<string, unknown>[];
  acknowledgements(): Record<string, unknown>[];
  /** How many follow. */
  subscribed(): number;
}

export function busDouble(): BusDouble {
  const subscribers = new Set<SubscribeOptions>();
  const published: BusRecord[] = [];
  const decoded = (wanted: (type: string) => boolean): Record<string, unknown>[] =>
    published.filter(({ type }) => wanted(type)).map((record) => decodeEvent(record) as unknown as Record<string, unknown>);
  const bus: BusDouble = {
    published,
    away: undefined,
    sending: undefined,
    caughtUp: Promise.resolve(),
    async publish(records) {
      if (bus.away) throw bus.away;
      published.push(...records);
      await bus.sending;
    },
    subscribe(options) {
      subscribers.add(options);
      return Promise.resolve({
        caughtUp: () => bus.caughtUp,
        stop: () => {
          subscribers.delete(options);
          return Promise.resolve();
        },
      });
    },
    async deliver(record) {
      for (const { handle } of subscribers) await handle([asBusRecord(record)]);
    },
    setAside(cause) {
      const { topic, key, id, source, type } = asBusRecord({ type: 'revocation.entered', data: '{}' });
      for (const { onAlarm } of subscribers) onAlarm?.({ topic, key, id, source, type, cause });
    },
    calls: () => decoded((type) => type === 'activity.allowed' || type === 'activity.denied'),
    acknowledgements: () => decoded((type) => type === 'gateway.acknowledged'),
    subscribed: () => subscribers.size,
    quarantined: () => Promise.resolve([]),
    retry: () => Promise.resolve(),
    drop: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return bus;
}

const asBusRecord = ({
  type,
  data,
  sig,
  sigkid,
}: Omit<SignedRecord, 'type' | 'data' | 'sig' | 'sigkid'> & {
  type: string;
  data: string | Uint8Array;
  sig?: string;
  sigkid?: string;
}): BusRecord => ({
  topic: topics.revocations,
  key: 'any',
  id: randomUUID(),
  source: 'main/revocations',
  type,
  version: 1,
  subject: 'any',
  time: 0,
  data: Buffer.from(data),
  extensions: { ...(sig !== undefined && { sig }), ...(sigkid !== undefined && { sigkid }) },
});
