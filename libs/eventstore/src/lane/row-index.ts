import { randomInt } from 'node:crypto';
import type { RevocationKind } from '@chancery/events';
import { type EntryRows, none } from './entry-rows.js';

const smallest = 64;

/**
 * Where the row of a subject is: a hash table with open addressing. A slot is two words, the subject's hash and its row plus one, so that a look-up
 * of what is not there, which is nearly every one, touches this table alone.
 */
export class RowIndex {
  readonly #rows: EntryRows;
  #slots = new Uint32Array(2 * smallest);
  #size = 0;

  constructor(rows: EntryRows) {
    this.#rows = rows;
  }

  /** The row, or `none`. */
  find(kind: RevocationKind, id: string): number {
    const slot = this.#slotOf(kind, id);
    return slot === none ? none : this.#row(slot);
  }

  /** For a subject that is not there yet. */
  add(kind: RevocationKind, id: string, row: number): void {
    // Three quarters full, a search is still short.
    if ((this.#size + 1) * 4 > this.capacity * 3) this.#grow();
    this.#place(hashOf(kind, id), row);
    this.#size += 1;
  }

  delete(kind: RevocationKind, id: string): void {
    const slot = this.#slotOf(kind, id);
    if (slot === none) return;
    this.#closeGap(slot);
    this.#size -= 1;
  }

  get capacity(): number {
    return this.#slots.length / 2;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  #slotOf(kind: RevocationKind, id: string): number {
    const hash = hashOf(kind, id);
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[2 * slot + 1] ?? 0) - 1;
      if (row === none) return none;
      if (slots[2 * slot] === hash && this.#rows.is(row, kind, id)) return slot;
    }
  }

  #row(slot: number): number {
    return (this.#slots[2 * slot + 1] ?? 0) - 1;
  }

  #place(hash: number, row: number): void {
    const mask = this.capacity - 1;
    let slot = hash & mask;
    while (this.#row(slot) !== none) slot = (slot + 1) & mask;
    this.#put(slot, hash, row);
  }

  #put(slot: number, hash: number, row: number): void {
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = row + 1;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const row = (before[at + 1] ?? 0) - 1;
      if (row !== none) this.#place(before[at] ?? 0, row);
    }
  }

  /** Moves up those behind that would not be found beyond an empty slot. */
  #closeGap(empty: number): void {
    const mask = this.capacity - 1;
    let gap = empty;
    for (let slot = (gap + 1) & mask; this.#row(slot) !== none; slot = (slot + 1) & mask) {
      const hash = this.#slots[2 * slot] ?? 0;
      if (((slot - hash) & mask) < ((slot - gap) & mask)) continue;
      this.#put(gap, hash, this.#row(slot));
      gap = slot;
    }
    this.#put(gap, 0, none);
  }
}

/** Another one in each process, so that nobody can choose subjects that collide. */
const seed = randomInt(2 ** 32);

/** FNV-1a over kind and id, mixed so that its low bits depend on all of them (MurmurHash3's finaliser). */
function hashOf(kind: RevocationKind, id: string): number {
  let hash = mixed(seed, kind);
  // No kind has a character that an id could go on with.
  hash = mixed(Math.imul(hash ^ 0x2f, 0x01_00_01_93), id);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(start: number, text: string): number {
  let hash = start;
  for (let nth = 0; nth < text.length; nth++) hash = Math.imul(hash ^ text.charCodeAt(nth), 0x01_00_01_93);
  return hash;
}
