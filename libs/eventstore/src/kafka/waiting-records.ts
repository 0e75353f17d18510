import type { Topic } from '@chancery/events';
import type { Quarantined } from '../bus.js';
import { Listeners } from '../reader/listeners.js';
import type { Received } from './inspect.js';

/**
 * `failed`: it holds its key back until somebody decides. `held`: it waits behind one that failed, and is handled once none is left. `apart`: it holds nothing
 * back, for its key may be anybody's.
 */
export type WaitingState = 'failed' | 'held' | 'apart';

/** A record that a group did not handle. */
export interface SetAsideRecord {
  readonly group: string;
  readonly received: Received;
  readonly state: WaitingState;
  readonly cause: string;
}

export interface WaitingRecord extends SetAsideRecord {
  readonly id: bigint;
}

/** Of what holds nothing back, only the latest are kept: whoever may write to the topic must not fill this process. */
const mostApart = 1_000;

/** What is waiting in quarantine, by group and topic: the state that the quarantine's records add up to. */
export class WaitingRecords {
  readonly #waiting = new Map<bigint, WaitingRecord>();
  readonly #ids = new Map<string, bigint>();
  /** Those that hold nothing back, as they came. */
  readonly #apart = new Set<bigint>();
  /** Something in it changed. */
  readonly changed = new Listeners();

  get size(): number {
    return this.#waiting.size;
  }

  /** How many of them hold their key back, or are held. */
  get holding(): number {
    return this.#waiting.size - this.#apart.size;
  }

  /** One that waits already, for its record came twice, stays as it is. */
  add(record: WaitingRecord): void {
    const name = nameOf(record);
    if (this.#ids.has(name)) return;
    this.#ids.set(name, record.id);
    this.#waiting.set(record.id, record);
    if (record.state === 'apart') this.#apart.add(record.id);
    const [oldest] = this.#apart;
    if (oldest !== undefined && this.#apart.size > mostApart) this.remove(oldest);
    this.changed.tell();
  }

  /** Those of these that do not wait yet, each once. */
  fresh(records: readonly SetAsideRecord[]): readonly SetAsideRecord[] {
    const byName = new Map(records.toReversed().map((record) => [nameOf(record), record]));
    return records.filter((record) => !this.#ids.has(nameOf(record)) && byName.get(nameOf(record)) === record);
  }

  get(id: bigint): WaitingRecord | undefined {
    return this.#waiting.get(id);
  }

  /** It was handled or given up. */
  remove(id: bigint): void {
    const record = this.#waiting.get(id);
    if (!record) return;
    this.#waiting.delete(id);
    this.#ids.delete(nameOf(record));
    this.#apart.delete(id);
    this.changed.tell();
  }

  /** It was tried again, and failed again. */
  fail(id: bigint, cause: string): void {
    this.#change(id, (record) => ({ ...record, state: 'failed', cause }));
  }

  /** Nothing of the key counts as failed any more, so that all of it is tried again. */
  release(group: string, key: string): void {
    for (const { id, received, state, group: of } of this.#waiting.values())
      if (of === group && received.record.key === key && state === 'failed') this.#change(id, (record) => ({ ...record, state: 'held' }));
  }

  held(group: string, topic: Topic): ReadonlySet<string> {
    return new Set(this.#of(group, topic).map(({ received }) => received.record.key));
  }

  /** What may be handled now of these partitions, in order: nothing of its key that failed is left. */
  released(group: string, topic: Topic, partitions: ReadonlySet<number>): readonly WaitingRecord[] {
    const all = this.#of(group, topic);
    const failed = new Set(all.filter(({ state }) => state === 'failed').map(({ received }) => received.record.key));
    return all
      .filter(({ received: { record, origin } }) => partitions.has(origin.partition) && !failed.has(record.key))
      .toSorted((a, b) => (a.received.origin.offset < b.received.origin.offset ? -1 : 1));
  }

  /** Nothing of the key is waiting, or one of it failed. */
  decided(group: string, topic: Topic, key: string): boolean {
    const all = this.#of(group, topic).filter(({ received }) => received.record.key === key);
    return all.length === 0 || all.some(({ state }) => state === 'failed');
  }

  /** Oldest first, by when they were decided. */
  list(group?: string): readonly Quarantined[] {
    return [...this.#waiting.values()]
      .filter((one) => group === undefined || one.group === group)
      .map(({ id, group: of, received: { record }, cause }) => ({ id, group: of, record, cause }))
      .toSorted((a, b) => a.record.time - b.record.time || Number(a.id - b.id));
  }

  #of(group: string, topic: Topic): WaitingRecord[] {
    return [...this.#waiting.values()].filter((one) => one.group === group && one.received.record.topic === topic && one.state !== 'apart');
  }

  #change(id: bigint, how: (record: WaitingRecord) => WaitingRecord): void {
    const record = this.#waiting.get(id);
    if (!record || record.state === 'apart') return;
    this.#waiting.set(id, how(record));
    this.changed.tell();
  }
}

/** One that holds nothing back may be anybody's word about a record: it does not stand in for one that does. */
const nameOf = ({ group, received: { record }, state }: SetAsideRecord): string =>
  JSON.stringify([group, record.topic, record.key, record.id, state === 'apart']);
