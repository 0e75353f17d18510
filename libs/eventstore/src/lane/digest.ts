import { hash } from 'node:crypto';
import { canonicalEntry, type RevocationEntry } from './entry.js';

const modulus = 1n << 256n;

/**
 * An incremental hash of a multiset: the sum of SHA-256 over its members, modulo 2^256. Order does not matter, and a member leaves as cheaply as it came.
 * It finds loss, replay and compaction, not forgery: a chosen set can be made to collide with much work, which is why entries are signed besides.
 */
export class MultisetHash {
  #sum = 0n;

  add(entry: RevocationEntry): void {
    this.#sum = (this.#sum + hashOf(entry)) % modulus;
  }

  remove(entry: RevocationEntry): void {
    this.#sum = (this.#sum - hashOf(entry) + modulus) % modulus;
  }

  /** 64 hex digits. */
  digest(): string {
    return this.#sum.toString(16).padStart(64, '0');
  }
}

const hashOf = (entry: RevocationEntry): bigint => BigInt(`0x${hash('sha256', canonicalEntry(entry), 'hex')}`);
