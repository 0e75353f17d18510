import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { Listeners } from '../reader/listeners.js';
import { withHeartbeats } from './with-heartbeats.js';

export interface TopicReaderOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Asked whenever it begins: a member that the broker has not given up yet would hold the same group's next one up for seconds. */
  groupId(): string;
  /** Whether the group's offset moves; else every start reads from the beginning. */
  readonly commits: boolean;
  /** The next messages of a partition, in order, one call at a time; the offset moves after it returned. The signal aborts when the partition is lost. */
  onPage(page: Page): Promise<void>;
  /** These partitions are this reader's from now on. */
  onAssigned?(partitions: readonly number[]): void;
  onTrouble?(error: unknown): void;
}

export interface Page {
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  readonly signal: AbortSignal;
}

/** Records handed over at once. */
const pageSize = 256;
const heartbeatEvery = 500;
/** Milliseconds after which nobody has to wait any more for a group that could not be joined. */
const patience = 3_000;
/** Milliseconds to leave a group in. */
const goodbye = 3_000;

/** Follows one topic as a member of a group, from its beginning where the group has no offset. When kafkajs gives up, it begins anew. */
export class TopicReader {
  readonly #options: TopicReaderOptions;
  readonly #stop = new AbortController();
  readonly #positions = new Map<number, bigint>();
  readonly #begun = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  /** Something was read, or partitions were assigned. */
  readonly stepped = new Listeners();
  #assigned: ReadonlySet<number> = new Set();
  #inHand: Promise<void> | undefined;

  constructor(options: TopicReaderOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves when it has joined its group, or could not for some seconds: it goes on trying. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** The partitions it reads now. */
  get assigned(): ReadonlySet<number> {
    return this.#assigned;
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether everything before these offsets was read by this reader. */
  reached(ends: ReadonlyMap<number, bigint>): boolean {
    return [...ends].every(([partition, end]) => (this.#positions.get(partition) ?? 0n) >= end);
  }

  /** Ends after the page in hand, whose signal aborts. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.stepped.tell();
    await this.#running;
  }

  async #run(): Promise<void> {
    const opened = performance.now();
    for (let pause = 100; !this.stopped; pause = Math.min(pause * 2, 2_000)) {
      const began = performance.now();
      try {
        await this.#follow();
      } catch (error) {
        if (!this.stopped) this.#options.onTrouble?.(error);
      }
      this.#assigned = new Set();
      if (this.stopped || performance.now() - opened > patience) this.#begun.resolve();
      if (performance.now() - began > 30_000) pause = 100;
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** One consumer's life. Throws what ended it. */
  async #follow(): Promise<void> {
    const consumer = this.#open();
    const over = this.#over(consumer);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (batch) => this.#handle(batch) });
      const error = await over;
      if (error) throw error;
    } finally {
      await this.#inHand;
      // One that is cut off must not keep its process from ending.
      const enough = new AbortController();
      const patient = sleep(goodbye, undefined, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([consumer.disconnect().catch(() => undefined), patient]);
      enough.abort();
    }
  }

  #open(): Consumer {
    const { kafka, groupId } = this.#options;
    return kafka.consumer({
      groupId: groupId(),
      sessionTimeout: 6_000,
      rebalanceTimeout: 10_000,
      heartbeatInterval: heartbeatEvery,
      // The broker answers as soon as a record is there; this decides how long a stop takes.
      maxWaitTimeInMs: 250,
      minBytes: 1,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  #over(consumer: Consumer): Promise<Error | undefined> {
    const { GROUP_JOIN, REBALANCING, CRASH, END_BATCH_PROCESS } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.#join(payload.memberAssignment[this.#options.topic] ?? []));
    consumer.on(REBALANCING, () => void (this.#assigned = new Set()));
    // Of a batch of which compaction left nothing to hand over only this tells.
    consumer.on(END_BATCH_PROCESS, ({ payload }) => void (payload.batchSize === 0 && this.#advance(payload.partition, payload.lastOffset)));
    return new Promise((resolve) => {
      consumer.on(CRASH, ({ payload }) => resolve(payload.error));
      this.#stop.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  #join(partitions: readonly number[]): void {
    this.#assigned = new Set(partitions);
    this.#options.onAssigned?.(partitions);
    this.#begun.resolve();
    this.stepped.tell();
  }

  #advance(partition: number, lastOffset: string): void {
    const next = BigInt(lastOffset) + 1n;
    // A group that commits nothing reads from the beginning again when it has to join again.
    if (next > (this.#positions.get(partition) ?? 0n)) this.#positions.set(partition, next);
    this.stepped.tell();
  }

  /**
   * A group that commits nothing begins again whenever it has to join again. What was handed over before would look like records that somebody
   * sent again.
   */
  #unread(partition: number, messages: readonly KafkaMessage[]): readonly KafkaMessage[] {
    const next = this.#positions.get(partition) ?? 0n;
    return messages.filter(({ offset }) => BigInt(offset) >= next);
  }

  /** The topic was made anew, or lost its end: its offsets mean other records now. */
  #noteTruncation(partition: number, highWatermark: string): void {
    if (BigInt(highWatermark) < (this.#positions.get(partition) ?? 0n)) this.#positions.delete(partition);
  }

  #handle(payload: EachBatchPayload): Promise<void> {
    const reading = this.#read(payload);
    this.#inHand = reading.catch(() => undefined);
    return reading;
  }

  async #read(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale, resolveOffset } = payload;
    const { onPage, commits, topic } = this.#options;
    this.#noteTruncation(batch.partition, batch.highWatermark);
    for (let from = 0; from < batch.messages.length; from += pageSize) {
      if (!isRunning() || isStale() || this.stopped) return;
      const messages = batch.messages.slice(from, from + pageSize);
      const last = from + pageSize < batch.messages.length ? (messages.at(-1)?.offset ?? '') : batch.lastOffset();
      const news = commits ? messages : this.#unread(batch.partition, messages);
      const handled = await withHeartbeats(payload.heartbeat, { every: heartbeatEvery, signal: this.#stop.signal }, (signal) =>
        news.length === 0 ? Promise.resolve() : onPage({ partition: batch.partition, messages: news, signal }),
      );
      if (!handled) return;
      resolveOffset(last);
      const committed = { topic, partitions: [{ partition: batch.partition, offset: String(BigInt(last) + 1n) }] };
      if (commits) await payload.commitOffsetsIfNecessary({ topics: [committed] });
      this.#advance(batch.partition, last);
    }
  }
}
