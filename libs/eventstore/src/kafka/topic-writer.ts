import { setTimeout as sleep } from 'node:timers/promises';
import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import { KafkaJSNonRetriableError } from './kafkajs.js';
import type { KafkaRecord } from './cloud-event.js';
import { isRefusal } from './is-refusal.js';

export interface TopicWriterOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** How many partitions the topic has. */
  partitions(): Promise<number>;
  /** Those of these that are not on the topic, asked before they are repeated: a lost answer says nothing, and a new producer's repetition is another record. */
  missing?(records: readonly KafkaRecord[]): Promise<readonly KafkaRecord[]>;
  onTrouble?(error: unknown): void;
}

/** What one `send` holds at most: a batch is one record to the broker's limit (max.message.bytes). */
const most = { records: 500, bytes: 900_000 };
const longestPause = 1_000;

/**
 * Writes to one topic without losing what was acknowledged. Three rules of kafkajs, each of which cost records in drills when it was broken: a `send` holds
 * records of one partition only, one is in flight per partition, and after an error that escapes the producer is thrown away and what was not acknowledged is
 * repeated by a new one.
 */
export class TopicWriter {
  readonly #options: TopicWriterOptions;
  readonly #choose = Partitioners.DefaultPartitioner();
  #partitions: number | undefined;
  #producer: Producer | undefined;
  #signal: AbortSignal | undefined;
  #closed = false;

  constructor(options: TopicWriterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all are durable, however long the cluster is away. Not to be called again before it has ended.
   * @param signal when it aborts, nothing more of these is sent, and the write fails
   * @throws what the broker says when it refuses the records for good (rights, size)
   */
  async write(records: readonly KafkaRecord[], signal?: AbortSignal): Promise<void> {
    // A request that hangs ends with its connection. The producer stays in its place until its write has seen that: it may have connected anew.
    const cut = () => void this.#producer?.disconnect().catch(() => undefined);
    signal?.addEventListener('abort', cut, { once: true });
    this.#signal = signal;
    try {
      await this.#writeAll(records, signal);
    } finally {
      signal?.removeEventListener('abort', cut);
      this.#signal = undefined;
    }
  }

  /** A write in hand fails. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#throwProducerAway();
  }

  async #writeAll(records: readonly KafkaRecord[], signal: AbortSignal | undefined): Promise<void> {
    let lanes: Map<number, Message[]> | undefined;
    for (let pause = 50; ; pause = Math.min(pause * 2, longestPause)) {
      if (this.#closed) throw new Error('the bus is closed');
      signal?.throwIfAborted();
      try {
        lanes = lanes ? await this.#stillMissing(lanes) : await this.#lanes(records);
        if (await this.#sendAll(lanes)) return;
      } catch (error) {
        if (isRefusal(error)) throw error;
        this.#options.onTrouble?.(error);
      }
      await this.#throwProducerAway();
      await sleep(pause, undefined, signal && { signal }).catch(() => undefined);
    }
  }

  async #stillMissing(lanes: Map<number, Message[]>): Promise<Map<number, Message[]>> {
    if (!this.#options.missing) return lanes;
    const unknown = [...lanes.values()].flat().map(({ key, value, headers }) => ({ key, value, headers }) as KafkaRecord);
    return this.#lanes(await this.#options.missing(unknown));
  }

  async #lanes(records: readonly KafkaRecord[]): Promise<Map<number, Message[]>> {
    const count = (this.#partitions ??= await this.#options.partitions());
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    const lanes = new Map<number, Message[]>();
    for (const { key, value, headers } of records) {
      const message = { key, value, headers: { ...headers } };
      const partition = this.#choose({ topic: this.#options.topic, partitionMetadata, message });
      const lane = lanes.get(partition);
      if (lane) lane.push({ ...message, partition });
      else lanes.set(partition, [{ ...message, partition }]);
    }
    return lanes;
  }

  /** Takes what was acknowledged out of the lanes. False when some have to be sent again, by another producer. */
  async #sendAll(lanes: Map<number, Message[]>): Promise<boolean> {
    const producer = await this.#connected();
    // All are waited for: a producer must not be thrown away under a `send` that is going well.
    const outcomes = await Promise.allSettled(
      [...lanes].map(([partition, lane]) => this.#sendLane(producer, lane).then(() => lanes.delete(partition))),
    );
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    const refusal = failures.find(isRefusal);
    if (refusal !== undefined) throw refusal;
    for (const failure of failures) this.#options.onTrouble?.(failure);
    return failures.length === 0;
  }

  async #sendLane(producer: Producer, lane: Message[]): Promise<void> {
    while (lane.length > 0) {
      const messages = lane.slice(0, chunkOf(lane));
      await producer.send({ topic: this.#options.topic, messages, acks: -1, timeout: 5_000 });
      lane.splice(0, messages.length);
    }
  }

  async #connected(): Promise<Producer> {
    if (this.#producer) return this.#producer;
    const producer = this.#options.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Unless told, an idempotent producer quietly retries five times.
      retry: { retries: Number.MAX_SAFE_INTEGER, maxRetryTime: 500 },
      createPartitioner: this.#chosen,
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }

  /** The partition is chosen already. Asked at every retry, this is also where the endless ones of a closed writer and of an aborted write end. */
  readonly #chosen =
    () =>
    ({ message }: { message: Message }): number => {
      if (this.#closed) throw new KafkaJSNonRetriableError('the bus is closed');
      if (this.#signal?.aborted) throw new KafkaJSNonRetriableError('nobody waits for the records any more');
      return message.partition ?? 0;
    };

  async #throwProducerAway(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}

/** How many of these make the next `send`. */
function chunkOf(lane: readonly Message[]): number {
  let bytes = 0;
  for (const [index, { value, key, headers }] of lane.entries()) {
    bytes += (value?.length ?? 0) + Buffer.byteLength(key ?? '') + Buffer.byteLength(JSON.stringify(headers ?? {}));
    if (index > 0 && (bytes > most.bytes || index >= most.records)) return index;
  }
  return lane.length;
}
