import type { ActivityRecord } from '@chancery/events';
import { silentLog } from '../logs/log.js';
import { metrics } from '../metrics/metrics.js';
import { Counts, type Counted } from './counts.js';
import { Outbox, type OutboxOptions } from './outbox.js';
import type { Refusal, Refusals } from './refusals.js';

export interface RefusalsOptions extends Omit<OutboxOptions, 'most'> {
  /** The most keys that are counted apart, and half of the records that may wait; 10 000 unless told. */
  readonly most?: number;
  /** Milliseconds between two flushes; 500 unless told. */
  readonly every?: number;
}

/** Refusals of one service, on their way to the bus. */
export function createRefusals(options: RefusalsOptions): Refusals {
  const { log = silentLog, now, service } = options;
  const most = options.most ?? 10_000;
  // Room for as many singles, and for all that can be counted in a minute.
  const outbox = new Outbox({ ...options, most: 2 * most });
  const counts = new Counts(most);
  const recorded = new WeakSet<Error>();

  const minuteNow = () => Math.floor(now() / 60) * 60;
  const flush = async (before: number) => {
    for (const counted of counts.takeBefore(before)) outbox.put(countRecord(service, counted), counted.source);
    await outbox.send();
  };
  const timer = setInterval(() => void flush(minuteNow()), options.every ?? 500).unref();

  return {
    record(refusal) {
      if (recorded.has(refusal.error)) return;
      recorded.add(refusal.error);
      metrics.refusals.inc({ service, reason: refusal.error.refusal });
      try {
        if (vouchedFor(refusal))
          outbox.put(singleRecord(service, refusal), refusal.agent ?? refusal.grant ?? refusal.instance ?? refusal.iat ?? 'unknown');
        else counts.add({ ...wordsOf(refusal), minute: minuteNow() });
      } catch (err) {
        // The answer matters more than its record; and what cannot be encoded now never can be.
        log.error({ err, endpoint: refusal.endpoint }, 'a refusal could not be recorded');
      }
    },
    flush: () => flush(minuteNow()),
    async close() {
      clearInterval(timer);
      await flush(Infinity);
    },
  };
}

/** Whether the request showed something that we verified or once issued: then its refusal has a record of its own. */
const vouchedFor = ({ agent, instance, grant, iat }: Refusal): boolean => [agent, instance, grant, iat].some((who) => who !== undefined);

const wordsOf = ({ endpoint, error, source }: Refusal) => ({
  endpoint: endpoint.slice(0, 128),
  source: source.slice(0, 64),
  reason: error.refusal.slice(0, 64),
  error: error.code,
});

const singleRecord = (service: string, refusal: Refusal): ActivityRecord => ({
  type: 'activity.refused',
  service,
  ...wordsOf(refusal),
  requestId: refusal.requestId,
  status: refusal.error.status,
  ...(refusal.agent !== undefined && { agent: refusal.agent }),
  ...(refusal.instance !== undefined && { instance: refusal.instance }),
  ...(refusal.grant !== undefined && { grant: refusal.grant }),
  ...(refusal.iat !== undefined && { iat: refusal.iat }),
});

const countRecord = (service: string, counted: Counted): ActivityRecord => ({ type: 'activity.refusals-counted', service, ...counted });
