import { hash } from 'node:crypto';
import { mainTenant, type RevocationKind } from '@chancery/events';
import type { Reservation } from './contract.js';

/** 16 bytes of SHA-256 over the parts, each behind its length: no two tuples share a key by sharing a spelling. */
function keyOf(parts: readonly string[]): Uint8Array {
  // One buffer and one call: half a dozen of these are made for every token.
  const tuple = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + 4 + Buffer.byteLength(part), 0));
  let at = 0;
  for (const part of parts) {
    const length = tuple.write(part, at + 4);
    tuple.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return hash('sha256', tuple, 'buffer').subarray(0, 16);
}

/**
 * Single use for an artefact with an end of its own, such as a proof or an assertion. `end` is the last second (since 1970) at which it could be accepted,
 * computed from what is signed in it and constants of the code: another end would be another key's place, and a second winner.
 * Throws a RangeError for an end that is not a whole second after 1970.
 */
export function reservation(kind: string, parts: readonly string[], end: number): Reservation {
  if (!Number.isSafeInteger(end) || end <= 0) throw new RangeError('a reservation ends at a whole second after 1970');
  return { key: keyOf(['reservation', mainTenant, kind, ...parts]), end };
}

/** Single use for ever: an IAT's slot, a refresh generation, an approval. */
export const lastingReservation = (kind: string, parts: readonly string[]): Reservation => ({
  key: keyOf(['reservation', mainTenant, kind, ...parts]),
  end: 0,
});

/** Keys of subjects that one request after the other rests on: an agent, where it came from, the key that signs. Bounded by starting over. */
const remembered = new Map<string, Uint8Array>();
const mostRemembered = 10_000;

/** Where a subject's entry stands in the revocation set. Shared: not to be written to. */
export function revocationKey(kind: RevocationKind, id: string): Uint8Array {
  // A grant is named by its own requests alone.
  if (kind === 'grant') return keyOf(['revocation', mainTenant, kind, id]);
  const name = `${kind}/${id}`;
  const known = remembered.get(name);
  if (known) return known;
  const key = keyOf(['revocation', mainTenant, kind, id]);
  if (remembered.size >= mostRemembered) remembered.clear();
  remembered.set(name, key);
  return key;
}
