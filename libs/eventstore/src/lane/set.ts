import type { RevocationKind } from '@chancery/events';
import { MultisetHash } from './digest.js';
import { EntryRows, none } from './entry-rows.js';
import { aliveUntil, hitsThrough, type Heartbeat, type RevocationEntry } from './entry.js';
import { RowIndex } from './row-index.js';

/** Microseconds of one minute: entries are looked through for their end minute by minute. */
const minute = 60_000_000;
/** A table with so many times more slots than entries is made anew; smaller ones are not worth it. */
const sparse = 16;
const worthShrinking = 4_096;

/**
 * The revocation set in memory, the same at every gateway and in the lane. Entries come in any order and any number of times: the greater one of a subject
 * stays, so all who have seen the same entries hold the same set, and T never falls. An entry takes about 80 bytes.
 */
export class RevocationSet {
  readonly #hash = new MultisetHash();
  #rows = new EntryRows();
  #index = new RowIndex(this.#rows);
  /** Minute of the end to the first row of those that end in it. */
  #ending = new Map<number, number>();
  #size = 0;
  #highest = 0n;

  /** Takes an entry in. Answers whether it changed anything. */
  apply(entry: RevocationEntry): boolean {
    const row = this.#index.find(entry.kind, entry.id);
    if (row !== none) {
      const held = this.#rows.read(row);
      if (!exceeds(entry, held)) return false;
      this.#remove(held);
      // One that ends stays chained until its minute is looked through.
      if (aliveUntil(held) === Infinity) this.#rows.free(row);
      else this.#rows.clear(row);
    }
    this.#hash.add(entry);
    this.#insert(entry);
    if (entry.position > this.#highest) this.#highest = entry.position;
    return true;
  }

  get(kind: RevocationKind, id: string): RevocationEntry | undefined {
    const row = this.#index.find(kind, id);
    return row === none ? undefined : this.#rows.read(row);
  }

  /** Whether it is this very entry that stands for its subject: neither a greater one nor none. */
  holds({ kind, id, t, position, at }: RevocationEntry): boolean {
    const held = this.get(kind, id);
    return held !== undefined && held.t === t && held.position === position && held.at === at;
  }

  /** Whether authority of this subject from `iat` (seconds) was ended: "issued before T" hits `iat ≤ T` (REV-05). */
  hits(kind: RevocationKind, id: string, iat: number): boolean {
    const row = this.#index.find(kind, id);
    return row !== none && iat <= this.#rows.t(row);
  }

  /** Forgets entries that no living access token can be hit by at `now` (microseconds by the database's clock). Answers them. */
  expire(now: number): readonly RevocationEntry[] {
    const gone: RevocationEntry[] = [];
    for (const [bucket, first] of this.#ending) {
      if (bucket * minute > now) continue;
      const later = this.#lookThrough(first, now, gone);
      if (later === none) this.#ending.delete(bucket);
      else this.#ending.set(bucket, later);
    }
    const { capacity } = this.#index;
    if (gone.length > 0 && capacity > worthShrinking && this.#size * sparse < capacity) this.#shrink();
    return gone;
  }

  /** What these entries amount to, said as complete through `through` (microseconds); forgets what is over by then. */
  beat(through: number): Heartbeat {
    this.expire(through);
    return { through, entries: this.#size, digest: this.digest(), position: this.#highest };
  }

  /** 64 hex digits, equal for equal sets. */
  digest(): string {
    return this.#hash.digest();
  }

  get size(): number {
    return this.#size;
  }

  /** Of memory that entries are held in. */
  get bytes(): number {
    return this.#rows.bytes + this.#index.bytes;
  }

  [Symbol.iterator](): IterableIterator<RevocationEntry> {
    return this.#rows[Symbol.iterator]();
  }

  /** Takes a chain apart. Answers the chain of those that are alive at `now`. */
  #lookThrough(first: number, now: number, gone: RevocationEntry[]): number {
    const rows = this.#rows;
    let later = none;
    for (let row = first; row !== none;) {
      const next = rows.next(row);
      const kind = rows.kind(row);
      if (kind !== undefined && aliveUntil({ kind, at: rows.at(row) }) > now) {
        rows.chain(row, later);
        later = row;
      } else {
        if (kind !== undefined) gone.push(this.#remove(rows.read(row)));
        rows.free(row);
      }
      row = next;
    }
    return later;
  }

  #insert(entry: RevocationEntry): void {
    const row = this.#rows.add(entry);
    this.#index.add(entry.kind, entry.id, row);
    this.#size += 1;
    const end = aliveUntil(entry);
    if (end === Infinity) return;
    const bucket = Math.floor(end / minute);
    this.#rows.chain(row, this.#ending.get(bucket) ?? none);
    this.#ending.set(bucket, row);
  }

  #remove(entry: RevocationEntry): RevocationEntry {
    this.#index.delete(entry.kind, entry.id);
    this.#hash.remove(entry);
    this.#size -= 1;
    return entry;
  }

  #shrink(): void {
    const held = [...this];
    this.#rows = new EntryRows();
    this.#index = new RowIndex(this.#rows);
    this.#ending = new Map();
    this.#size = 0;
    for (const entry of held) this.#insert(entry);
  }
}

/** A total order, so that who comes first does not matter. Later in position, but with an earlier T, would be a T that falls. */
function exceeds(entry: RevocationEntry, held: RevocationEntry): boolean {
  const [t, heldT] = [hitsThrough(entry.t), hitsThrough(held.t)];
  return t === heldT ? entry.position > held.position : t > heldT;
}
