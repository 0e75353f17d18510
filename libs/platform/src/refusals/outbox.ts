import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@chancery/eventstore';
import { type ActivityRecord, encodeEvent, mainTenant, topics } from '@chancery/events';
import { type Log, silentLog } from '../logs/log.js';
import { metrics } from '../metrics/metrics.js';

export interface OutboxOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly service: string;
  /** Seconds since 1970 by the database's clock. */
  readonly now: () => number;
  readonly log?: Log;
  /** The most records that wait. */
  readonly most: number;
}

/** The most records in one call of the bus. */
const batch = 500;

/**
 * Activity records on their way to the bus, in order. While the bus is away they wait, a bounded number of them; how many found no room is itself
 * recorded as soon as there is.
 */
export class Outbox {
  readonly #waiting: BusRecord[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;

  constructor(private readonly options: OutboxOptions) {}

  /** `about`: the agent, grant or source; order is kept per what it is about. */
  put(record: ActivityRecord, about: string): void {
    if (this.#waiting.length < this.options.most) return void this.#waiting.push(this.#envelope(record, about));
    const refusals = record.type === 'activity.refusals-counted' ? record.count : 1;
    this.#dropped += refusals;
    metrics.refusalsDropped.inc({ service: this.options.service }, refusals);
  }

  /** Resolves when everything that waits was handed to the bus, or the bus refused it and it waits on. */
  async send(): Promise<void> {
    // Two batches in flight could change places, and a failed one would be sent twice.
    while (this.#sending) await this.#sending;
    this.#sending = this.#drain();
    try {
      await this.#sending;
    } finally {
      this.#sending = undefined;
    }
  }

  async #drain(): Promise<void> {
    const { bus, log = silentLog } = this.options;
    try {
      while (this.#waiting.length > 0) {
        const records = this.#waiting.slice(0, batch);
        await bus.publish(records);
        this.#waiting.splice(0, records.length);
        this.#confess();
      }
    } catch (err) {
      log.warn({ err, count: this.#waiting.length }, 'refusals wait for the bus');
    }
  }

  #confess(): void {
    if (this.#dropped === 0) return;
    const { service, now } = this.options;
    const minute = Math.floor(now() / 60) * 60;
    const lost = { endpoint: 'unknown', source: 'other', reason: 'records_dropped', error: 'temporarily_unavailable', minute } as const;
    this.#waiting.push(this.#envelope({ type: 'activity.refusals-counted', service, ...lost, count: this.#dropped }, 'other'));
    this.#dropped = 0;
  }

  #envelope(record: ActivityRecord, about: string): BusRecord {
    const { type, version, data } = encodeEvent(record);
    const { service, now } = this.options;
    return {
      topic: topics.activity,
      key: about,
      // Made once: a record that is sent again after an unclear answer is the same record.
      id: randomUUID(),
      source: `${mainTenant}/service/${service}`,
      type,
      version,
      subject: about,
      time: Math.floor(now() * 1_000_000),
      data,
    };
  }
}
