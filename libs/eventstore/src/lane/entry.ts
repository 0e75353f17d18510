import type { RevocationKind } from '@chancery/events';

/** One entry of the revocation set (design §7): what was ended, and which authority that hits. */
export interface RevocationEntry {
  readonly kind: RevocationKind;
  readonly id: string;
  /** Authority from this second or before is hit; `for-ever` hits all, later too. */
  readonly t: number | 'for-ever';
  /** Position of the event that revoked it, last. */
  readonly position: bigint;
  /** Microseconds since 1970 by the database's clock: when that event was recorded. */
  readonly at: number;
}

/** What the lane says once a second: how far it is complete, and what that amounts to. */
export interface Heartbeat {
  /** T in microseconds: every revocation answered before it has been published. */
  readonly through: number;
  /** Entries alive at T. */
  readonly entries: number;
  /** Multiset hash over those, 64 hex digits. */
  readonly digest: string;
  /** Highest position of all entries it covers, those forgotten since included; 0 when there was none. */
  readonly position: bigint;
}

/** Seconds an access token can be honoured at most: 15 minutes of life (design §6) and a minute of skew on both sides. */
const longestToken = 960;

/** Microseconds since 1970 from which on no living access token can be hit, so a gateway may forget it; Infinity for keys and issuers, which are never taken back. */
export const aliveUntil = ({ kind, at }: Pick<RevocationEntry, 'kind' | 'at'>): number =>
  kind === 'key' || kind === 'issuer' ? Infinity : at + longestToken * 1_000_000;

/** One reading, whatever the fields hold: this text is hashed into the digest, and signed by who publishes the entry. */
export const canonicalEntry = ({ kind, id, t, position, at }: RevocationEntry): string =>
  JSON.stringify(['revocation', 1, kind, id, t, String(position), at]);

/** The text of a heartbeat that is signed. */
export const canonicalBeat = ({ through, entries, digest, position }: Heartbeat): string =>
  JSON.stringify(['heartbeat', 1, through, entries, digest, String(position)]);

/** One number for both kinds of T, so that "for ever" is simply later than everything. */
export const hitsThrough = (t: RevocationEntry['t']): number => (t === 'for-ever' ? Infinity : t);
