import { topics } from '@chancery/events';
import type { Kafka } from 'kafkajs';
import type { BusRecord } from '../bus.js';
import type { AdminLine } from './admin-line.js';
import { type InspectOptions, receive } from './inspect.js';
import { haveWriters } from './mac.js';
import { asQuarantined, cutToFit, decodeMark, encodeMark, fromQuarantined, isMark, type QuarantineMark } from './quarantine-record.js';
import type { Shelf, ShelfOf } from './shelf.js';
import { type Page, TopicReader } from './topic-reader.js';
import { WaitingRecords } from './waiting-records.js';

export interface QuarantineLogOptions extends InspectOptions {
  readonly kafka: Kafka;
  readonly admin: AdminLine;
  /** The topic's name on the cluster. */
  readonly topic: string;
  /** Nobody else's, another one each time: it reads everything and commits nothing. */
  groupId(): string;
  readonly clientId: string;
  publish(records: readonly BusRecord[]): Promise<void>;
  onTrouble?(error: unknown): void;
}

/** What this service's groups hold back at most. Beyond that a group stops where it is, and alarms: somebody has to decide. */
const mostWaiting = 10_000;

/** The quarantine topic: what every group set aside and what became of it, in one order for all processes. */
export class QuarantineLog {
  readonly waiting = new WaitingRecords();
  readonly #options: QuarantineLogOptions;
  readonly #reader: TopicReader;
  #through = -1n;

  constructor(options: QuarantineLogOptions) {
    this.#options = options;
    const { kafka, topic, groupId, onTrouble } = options;
    this.#reader = new TopicReader({
      kafka,
      topic,
      groupId,
      commits: false,
      onPage: (page) => this.#read(page),
      ...(onTrouble && { onTrouble }),
    });
  }

  /** Resolves when everything that was on the topic when it was called is known here. */
  async current(): Promise<void> {
    const ends = await this.#options.admin.ends(this.#options.topic);
    while (!this.#reader.reached(ends)) {
      if (this.#reader.stopped) throw new Error('the bus is closed');
      await this.#reader.stepped.next(100);
    }
  }

  shelf({ group, topic }: ShelfOf): Shelf {
    const { waiting } = this;
    return {
      current: () => this.current(),
      held: () => waiting.held(group, topic),
      put: async (records) => {
        const fresh = waiting.fresh(records);
        if (fresh.length === 0) return [];
        if (waiting.holding + fresh.length > mostWaiting) throw new Error(`more than ${mostWaiting} records are waiting in quarantine`);
        await this.#append(fresh.map(asQuarantined));
        return fresh;
      },
      released: (partitions) => waiting.released(group, topic, partitions),
      settle: (entry, cause) =>
        this.mark(cause === undefined ? { type: 'quarantine.handled', entry } : { type: 'quarantine.failed', entry, cause }),
      release: (key) => this.mark({ type: 'quarantine.released', group, key }),
      decided: (key) => waiting.decided(group, topic, key),
      changed: waiting.changed,
    };
  }

  async mark(mark: QuarantineMark): Promise<void> {
    await this.#append([encodeMark(mark, this.#options.clientId)]);
  }

  stop(): Promise<void> {
    return this.#reader.stop();
  }

  /** Known here, too, when it returns. */
  async #append(records: readonly BusRecord[]): Promise<void> {
    await this.#options.publish(records);
    await this.current();
  }

  #read({ partition, messages }: Page): Promise<void> {
    for (const message of messages) {
      const offset = BigInt(message.offset);
      // A reader that has to join its group again begins again.
      if (offset <= this.#through) continue;
      this.#through = offset;
      if (message.value === null) continue;
      const { record, unreadable, writer } = receive(topics.quarantine, message, { partition, offset }, this.#options);
      const why = unreadable ?? this.#apply(record, { id: offset, writer });
      if (why !== undefined) this.#options.onTrouble?.(new Error(`record ${offset} of the quarantine counts for nothing: ${why}`));
    }
    return Promise.resolve();
  }

  /** Answers why it counts for nothing, when it does. What holds a key back, and what ends that, is for the service itself to say. */
  #apply(record: BusRecord, { id, writer }: { id: bigint; writer: string | undefined }): string | undefined {
    const { clientId, macKeys } = this.#options;
    const isOwn = !haveWriters(macKeys?.[topics.quarantine]) || writer === clientId;
    if (isMark(record)) return isOwn ? this.#obey(record) : 'it is a decision by another service';
    const aside = fromQuarantined(record);
    if (!aside) return 'it does not say what it is about';
    this.waiting.add({ ...aside, id, ...(!isOwn && { state: 'apart', received: cutToFit({ ...aside.received, foreign: true }) }) });
    return undefined;
  }

  #obey(record: BusRecord): string | undefined {
    const mark = decodeMark(record);
    if (!mark) return 'it is no decision';
    if (mark.type === 'quarantine.released') this.waiting.release(mark.group, mark.key);
    else if (mark.type === 'quarantine.failed') this.waiting.fail(mark.entry, mark.cause);
    else this.waiting.remove(mark.entry);
    return undefined;
  }
}
