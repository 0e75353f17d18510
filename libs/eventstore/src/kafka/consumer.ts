import { setTimeout as sleep } from 'node:timers/promises';
import { topics, type Topic } from '@chancery/events';
import type { KafkaMessage } from 'kafkajs';
import type { BusRecord, SubscribeOptions } from '../bus.js';
import { attempt, type AttemptOptions, causeOf } from '../bus-embedded/attempt.js';
import { follow, type Following } from '../reader/follow.js';
import { inspect, type InspectOptions, type Received, receive } from './inspect.js';
import { forWatchers, isMark } from './quarantine-record.js';
import { orAborted } from './or-aborted.js';
import type { Shelf } from './shelf.js';
import type { Page, TopicReader, TopicReaderOptions } from './topic-reader.js';
import { turns } from './turns.js';
import type { SetAsideRecord } from './waiting-records.js';

type FromSubscription = Pick<SubscribeOptions, 'group' | 'handle' | 'onAlarm'>;

export interface ConsumerOptions extends FromSubscription, InspectOptions, Pick<AttemptOptions, 'retries' | 'sleep'> {
  readonly topic: Topic;
  readonly shelf: Shelf;
  open(options: Pick<TopicReaderOptions, 'onPage' | 'onAssigned'>): TopicReader;
  /** Whether everything on the topic when it is called is behind the group, wherever its members are. */
  passed(reader: TopicReader): Promise<() => Promise<boolean>>;
  onTrouble?(error: unknown): void;
}

/** One topic for one group in this process: page, handle, set aside what failed, and only then move the offset. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #reader: TopicReader;
  readonly #releasing: Following;
  readonly #stop = new AbortController();
  /** The handler is called once at a time, for new records and for released ones. */
  readonly #turn = turns();
  readonly #hush: () => void;
  #upToDate = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#reader = options.open({
      onPage: (page) => this.#handlePage(page),
      onAssigned: () => {
        // Another member may have set records of these partitions aside.
        this.#upToDate = false;
        this.#releasing.wake();
      },
    });
    this.#releasing = follow({
      step: () => this.#handleReleased(),
      pollEvery: 1_000,
      onTrouble: (error) => this.#trouble(error),
    });
    this.#hush = options.shelf.changed.add(() => this.#releasing.wake());
  }

  get begun(): Promise<void> {
    return this.#reader.begun;
  }

  async caughtUp(): Promise<void> {
    let passed: (() => Promise<boolean>) | undefined;
    await this.#until(async () => await (passed ??= await this.#options.passed(this.#reader))());
  }

  /** The key's partition may be another process's, which then does it. */
  async retry(key: string): Promise<void> {
    const { shelf } = this.#options;
    await shelf.current();
    await shelf.release(key);
    await this.#until(() => Promise.resolve(shelf.decided(key)));
  }

  /** Ends after the handler's call in hand, without the tries it would have made. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#hush();
    await Promise.all([this.#releasing.stop(), this.#reader.stop()]);
  }

  async #until(done: () => Promise<boolean>): Promise<void> {
    for (;;) {
      if (this.#reader.stopped) throw new Error('the subscription was stopped');
      try {
        if (await done()) return;
      } catch (error) {
        this.#trouble(error);
        await sleep(250);
      }
      await Promise.race([this.#reader.stepped.next(50), this.#options.shelf.changed.next(50)]);
    }
  }

  async #handlePage({ partition, messages, signal }: Page): Promise<void> {
    const { shelf, group } = this.#options;
    const received = messages.flatMap((message) => this.#receive(message, partition));
    await this.#turn(async () => {
      await orAborted(this.#catchUpWithShelf(), signal);
      const places = new Map(received.map((one) => [one.record, one]));
      // Nobody may hold a revocation back with a record of his own; their order does not matter.
      const apart = received.filter(({ foreign, record }) => foreign && record.topic === topics.revocations);
      const page = received.filter((one) => !apart.includes(one));
      const setAside = await attempt(page, shelf.held(), { ...this.#options, signal });
      signal.throwIfAborted();
      const all = [
        ...apart.map((one): SetAsideRecord => ({ group, received: one, state: 'apart', cause: one.unreadable ?? '' })),
        ...setAside.flatMap(({ record, state, cause }): SetAsideRecord[] => {
          const one = places.get(record);
          return one ? [{ group, received: one, state, cause }] : [];
        }),
      ];
      await orAborted(this.#put(all), signal);
    });
  }

  async #catchUpWithShelf(): Promise<void> {
    if (this.#upToDate) return;
    this.#upToDate = true;
    try {
      await this.#options.shelf.current();
    } catch (error) {
      this.#upToDate = false;
      throw error;
    }
  }

  #receive(message: KafkaMessage, partition: number): Received[] {
    const { topic, group } = this.#options;
    const origin = { partition, offset: BigInt(message.offset) };
    if (message.value === null) {
      // EVT-03: none is ever produced, so somebody else did.
      const key = message.key?.toString('utf8') ?? '';
      this.#options.onAlarm?.({ topic, key, id: '', source: `${partition}/${origin.offset}`, type: '', cause: 'tombstone' });
      return [];
    }
    const received = receive(topic, message, origin, this.#options);
    if (topic !== topics.quarantine || received.unreadable !== undefined) return [received];
    const { record } = received;
    // What this very group failed on as a watcher would come round for ever; marks are no records.
    if (isMark(record) || record.extensions?.['group'] === group) return [];
    return [{ ...received, record: forWatchers(record) }];
  }

  async #put(records: readonly SetAsideRecord[]): Promise<void> {
    if (records.length === 0) return;
    for (const { received, cause } of await this.#options.shelf.put(records)) this.#alarm(received.record, cause);
  }

  /** Answers whether there were any: others may have been released by what became of them. */
  async #handleReleased(): Promise<boolean> {
    const { shelf } = this.#options;
    const [next] = shelf.released(this.#reader.assigned);
    if (!next) return false;
    await this.#turn(async () => {
      const { signal } = this.#stop;
      await orAborted(this.#catchUpWithShelf(), signal);
      // What was first a turn ago may have been handled or given up meanwhile.
      const still = shelf.released(this.#reader.assigned).find(({ id }) => id === next.id);
      if (!still || signal.aborted) return;
      const cause = await this.#tryAgain(still.received);
      await orAborted(shelf.settle(still.id, cause), signal);
      if (cause !== undefined) this.#alarm(still.received.record, cause);
    });
    return true;
  }

  async #tryAgain(received: Received): Promise<string | undefined> {
    const { unreadable } = inspect(received, this.#options);
    if (unreadable !== undefined) return unreadable;
    try {
      await this.#options.handle([received.record]);
      return undefined;
    } catch (error) {
      return causeOf(error);
    }
  }

  #alarm({ topic, key, id, source, type, position }: BusRecord, cause: string): void {
    this.#options.onAlarm?.({ topic, key, id, source, type, ...(position !== undefined && { position }), cause });
  }

  #trouble(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#options.onTrouble?.(error);
  }
}
