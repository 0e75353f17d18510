import type { RevocationKind } from '@chancery/events';
import { MultisetHash } from './digest.js';
import { aliveUntil, hitsThrough, type Heartbeat, type RevocationEntry } from './entry.js';

/** Microseconds of one minute: entries are looked through for their end minute by minute. */
const minute = 60_000_000;

/**
 * The revocation set in memory, the same at every gateway and in the lane. Entries come in any order and any number of times: the greater one of a subject
 * stays, so all who have seen the same entries hold the same set, and T never falls.
 */
export class RevocationSet {
  readonly #byKind = new Map<RevocationKind, Map<string, RevocationEntry>>();
  readonly #ending = new Map<number, RevocationEntry[]>();
  readonly #hash = new MultisetHash();
  #size = 0;
  #highest = 0n;

  /** Takes an entry in. Answers whether it changed anything. */
  apply(entry: RevocationEntry): boolean {
    const held = this.get(entry.kind, entry.id);
    if (held && !exceeds(entry, held)) return false;
    if (held) this.#remove(held);
    this.#insert(entry);
    return true;
  }

  get(kind: RevocationKind, id: string): RevocationEntry | undefined {
    return this.#byKind.get(kind)?.get(id);
  }

  /** Whether authority of this subject from `iat` (seconds) was ended: "issued before T" hits `iat ≤ T` (REV-05). */
  hits(kind: RevocationKind, id: string, iat: number): boolean {
    const held = this.get(kind, id);
    return held !== undefined && iat <= hitsThrough(held.t);
  }

  /** Forgets entries that no living access token can be hit by at `now` (microseconds by the database's clock). Answers them. */
  expire(now: number): readonly RevocationEntry[] {
    const gone: RevocationEntry[] = [];
    for (const [bucket, entries] of this.#ending) {
      if (bucket * minute > now) continue;
      const later: RevocationEntry[] = [];
      for (const entry of entries) {
        // Superseded ones are still listed here; only the one that is held counts.
        if (this.get(entry.kind, entry.id) !== entry) continue;
        if (aliveUntil(entry) > now) {
          later.push(entry);
          continue;
        }
        this.#remove(entry);
        gone.push(entry);
      }
      if (later.length > 0) this.#ending.set(bucket, later);
      else this.#ending.delete(bucket);
    }
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

  *[Symbol.iterator](): IterableIterator<RevocationEntry> {
    for (const entries of this.#byKind.values()) yield* entries.values();
  }

  #insert(entry: RevocationEntry): void {
    const entries = this.#byKind.get(entry.kind) ?? new Map<string, RevocationEntry>();
    this.#byKind.set(entry.kind, entries.set(entry.id, entry));
    this.#hash.add(entry);
    this.#size += 1;
    if (entry.position > this.#highest) this.#highest = entry.position;
    const end = aliveUntil(entry);
    if (end === Infinity) return;
    const bucket = Math.floor(end / minute);
    const listed = this.#ending.get(bucket);
    if (listed) listed.push(entry);
    else this.#ending.set(bucket, [entry]);
  }

  #remove(entry: RevocationEntry): void {
    this.#byKind.get(entry.kind)?.delete(entry.id);
    this.#hash.remove(entry);
    this.#size -= 1;
  }
}

/** A total order, so that who comes first does not matter. Later in position, but with an earlier T, would be a T that falls. */
function exceeds(entry: RevocationEntry, held: RevocationEntry): boolean {
  const [t, heldT] = [hitsThrough(entry.t), hitsThrough(held.t)];
  return t === heldT ? entry.position > held.position : t > heldT;
}
