import { type KeyObject } from 'node:crypto';
import { openRecord, type SignedBeat, type SignedEntry } from '@chancery/oauth';
import type { OnAlarm } from './alarm.js';
import { AppliedSet } from './applied-set.js';

export interface RawRecord {
  readonly type: string;
  readonly data: string;
  readonly sig?: string | undefined;
  readonly sigkid?: string | undefined;
}

export interface Heard {
  /** Positions of the events whose entries were new here. */
  readonly entered: readonly bigint[];
  /** T moved on. */
  readonly advanced: boolean;
}

const nothing: Heard = { entered: [], advanced: false };

/** Heartbeats in a row that may speak of another set before it is loaded again: one can be overtaken by an entry. */
const mismatchesAllowed = 1;

/** The set this gateway judges by, and the one that is being loaded to take its place. */
export class FollowedSet {
  #held = new AppliedSet();
  #loading: AppliedSet | undefined = new AppliedSet();
  #loaded = false;
  #disagrees = false;
  #mismatches = 0;
  #counter = -1;
  /** Everything the bus held at the start has been heard: what is over from now on is a replay. */
  live = false;

  constructor(
    private readonly keys: (kid: string) => KeyObject | undefined,
    private readonly alarm: OnAlarm,
  ) {}

  get held(): AppliedSet {
    return this.#held;
  }

  /** The whole set was loaded once. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** The set is to be loaded from the beginning of the feed; until then the held one goes on serving. */
  get reloading(): boolean {
    return this.#loading !== undefined;
  }

  /** What the feed gave as a whole is not what its own heartbeat says: nothing may rest on it. */
  get disagrees(): boolean {
    return this.#disagrees;
  }

  /** A page of the feed. Its heartbeat counts only behind the last record there is. */
  hearFeed(records: readonly RawRecord[], heartbeat: RawRecord | undefined): Heard {
    const entered = records.flatMap((record) => this.#hearEntry(record, 'feed'));
    const beat = heartbeat && this.#open(heartbeat, 'feed');
    if (beat === undefined || !('beat' in beat)) return { entered, advanced: false };
    return { entered, advanced: this.#loading ? this.#finishLoading(this.#loading, beat.beat) : this.#advance(beat.beat, 'feed') };
  }

  /** A record of the bus. */
  hearBus(record: RawRecord): Heard {
    const opened = this.#open(record, 'bus');
    if (opened === undefined) return nothing;
    if ('entry' in opened) return { entered: this.#enter(opened.entry, 'bus'), advanced: false };
    if (opened.beat.counter <= this.#counter) {
      this.alarm({ reason: 'record_replayed', source: 'bus', kid: record.sigkid });
      return nothing;
    }
    this.#counter = opened.beat.counter;
    // Before the first load nobody knows what came before the first record heard here.
    return { entered: [], advanced: this.#loaded && this.#advance(opened.beat, 'bus') };
  }

  /** Loads from the beginning again, at the next asking of the feed. */
  startReload(): void {
    this.#loading = new AppliedSet();
  }

  #open(record: RawRecord, source: 'bus' | 'feed'): { entry: SignedEntry } | { beat: SignedBeat } | undefined {
    const opened = openRecord(record, this.keys);
    if (!('refused' in opened)) return opened;
    this.alarm({ reason: `record_${opened.refused}`, source, kid: record.sigkid });
    return undefined;
  }

  #hearEntry(record: RawRecord, source: 'bus' | 'feed'): bigint[] {
    const opened = this.#open(record, source);
    return opened !== undefined && 'entry' in opened ? this.#enter(opened.entry, source) : [];
  }

  /** Into both: what comes while a new set is being loaded must be missing in neither. */
  #enter(entry: SignedEntry, source: 'bus' | 'feed'): bigint[] {
    this.#loading?.enter(entry);
    const outcome = this.#held.enter(entry);
    if (outcome === 'kind_unknown') this.alarm({ reason: 'record_kind_unknown', source });
    if (outcome === 'long_over' && source === 'bus' && this.live) this.alarm({ reason: 'record_replayed', source });
    return outcome === 'new' ? [entry.position] : [];
  }

  #finishLoading(loading: AppliedSet, beat: SignedBeat): boolean {
    const advanced = beat.through > this.#held.through;
    const disagrees = loading.complete(beat) === 'different';
    if (disagrees && !this.#disagrees) this.alarm({ reason: 'feed_disagrees', source: 'feed' });
    this.#disagrees = disagrees;
    this.#mismatches = 0;
    // A set that does not add up is loaded again, from a page that may have been cut in two by a revocation.
    this.#loading = disagrees ? new AppliedSet() : undefined;
    if (disagrees && this.#loaded) return false;
    this.#held = loading;
    this.#loaded = true;
    return advanced;
  }

  #advance(beat: SignedBeat, source: 'bus' | 'feed'): boolean {
    const compared = this.#held.complete(beat);
    if (compared === 'equal') this.#mismatches = 0;
    if (compared === 'different') this.#mismatches += 1;
    if (this.#mismatches > mismatchesAllowed && !this.reloading) {
      this.alarm({ reason: 'digest_mismatch', source });
      this.startReload();
    }
    return compared !== undefined;
  }
}
