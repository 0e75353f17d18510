import type { Topic } from '@chancery/events';

/** One record on the bus: the attributes of CloudEvents 1.0.2, without its encoding. */
export interface BusRecord {
  readonly topic: Topic;
  /** Order is kept per key. */
  readonly key: string;
  /** Event id, a UUID: (`source`, `id`) names a record for ever. */
  readonly id: string;
  /** What it came from: a stream's name, or `tenant/gateway/name`. */
  readonly source: string;
  readonly type: string;
  readonly version: number;
  /** What it is about: an agent's, grant's, IAT's id. */
  readonly subject: string;
  /** Microseconds since 1970: when it was decided. */
  readonly time: number;
  readonly data: Uint8Array;
  /** Revision in its stream; absent for what comes from no stream. */
  readonly sequence?: number;
  readonly position?: bigint;
  /** Signature or MAC, and what else travels beside the data. */
  readonly extensions?: Readonly<Record<string, string>>;
}

export interface Subscription {
  /** Resolves once everything that was there when it is called has been handled, quarantined or held. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Why a record could not be handled. `final`: trying again cannot help (unknown type, newer version, forged). */
export class Unhandleable extends Error {
  override readonly name = 'Unhandleable';
}

/** A record that a group set aside, by all that is needed to find it: where it came from, its type and, of an event, its position in the store. */
export interface BusAlarm extends Pick<BusRecord, 'topic' | 'key' | 'id' | 'source' | 'type' | 'position'> {
  readonly cause: string;
}

export interface SubscribeOptions {
  /** Members of a group share its offset; another group reads everything for itself. */
  readonly group: string;
  readonly topics: readonly Topic[];
  /**
   * At least once, in order per key; the offset moves after it returned. A batch that throws is tried again record by record;
   * a record that goes on failing is retried with backoff, then quarantined, and later records of its key are held back behind it.
   * One that this release cannot read (unknown type, newer version, changed bytes) never gets here: it is quarantined at once. While something the
   * handler needs is away (StoreUnavailable, a lost connection) it is tried without end, for then no record is to blame.
   * Calls for different topics may overlap.
   */
  handle(records: readonly BusRecord[]): Promise<void>;
  /** A record was quarantined or a key is being held: for logs, metrics and people. */
  onAlarm?(alarm: BusAlarm): void;
}

/** What a record is waiting for in quarantine. */
export interface Quarantined {
  readonly id: bigint;
  readonly group: string;
  readonly record: BusRecord;
  /** The error's text for the record that failed; `held` for those behind it. */
  readonly cause: string;
}

export interface Bus {
  /**
   * Resolves when every record is durable (the revocations topic of the embedded adapter: when delivered, the store is its truth). When the signal aborts,
   * what has not gone out goes out no more, and it rejects with StoreUnavailable as soon as that is sure.
   */
  publish(records: readonly BusRecord[], signal?: AbortSignal): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  quarantined(group?: string): Promise<readonly Quarantined[]>;
  /** Hands the first record of that key, then those held behind it, to the handler again; keeps what fails again. Needs a live subscription of the group here. */
  retry(group: string, key: string): Promise<void>;
  /** Gives one quarantined record up for good; the rest of its key goes on once none that failed is left. */
  drop(id: bigint): Promise<void>;
  close(): Promise<void>;
}
