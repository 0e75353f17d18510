import { boundedCache } from './bounded-cache.js';
import type { JoseHeader } from './decode-compact.js';

/** Headers by the very text they were read from: a client's is the same in every proof it makes. Who takes one must not change it. */
export interface HeaderCache {
  get(text: string): JoseHeader | undefined;
  set(text: string, header: JoseHeader): void;
  readonly size: number;
}

/** A header with a P-256 key has 240 characters, one with an RSA key of 4096 bits 1 000. */
const mostChars = 1_024;

/** Keeps the `max` most recently used of those that are not too long: whoever sends long ones pays for them each time, not we with memory. */
export function headerCache(max: number): HeaderCache {
  const headers = boundedCache<JoseHeader>(max);
  return {
    get: (text) => headers.get(text),
    set(text, header) {
      // Copied: a piece of a longer text would keep all of that.
      if (text.length <= mostChars) headers.set(Buffer.from(text).toString(), header);
    },
    get size() {
      return headers.size;
    },
  };
}
