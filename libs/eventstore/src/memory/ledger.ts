import type { PreparedAppend } from '../append/prepared.js';
import { strongestLoss, type Loss } from '../append/outcome.js';
import type { AppendOutcome } from '../contract.js';
import { reservationAhead, reservationPast } from '../migrations/sql/ring.js';

interface LedgerEvent {
  readonly revision: number;
  readonly position: bigint;
  readonly id: Uint8Array;
  readonly at: number;
  readonly type: string;
  readonly version: number;
  readonly fence: boolean;
  readonly data: Uint8Array;
}

export interface Ledger {
  append(append: PreparedAppend): AppendOutcome;
  stream(stream: string): readonly LedgerEvent[];
}

const hex = (key: Uint8Array) => Buffer.from(key).toString('hex');

/** What the append function of PostgreSQL does for one append, on maps: one thread needs no locks. `now` in microseconds since 1970. */
export function ledger(now: () => number): Ledger {
  const streams = new Map<string, LedgerEvent[]>();
  /** T in seconds by key. */
  const revocations = new Map<string, number>();
  const reservations = new Set<string>();
  let mark = 0;
  let position = 0n;

  const lossesOf = (append: PreparedAppend, seconds: number): Loss[] => [
    ...append.notRevoked.filter(({ key, since = seconds }) => (revocations.get(hex(key)) ?? -1) >= since).map(() => 'revoked' as const),
    ...append.reserve
      .filter(({ end }) => end !== 0 && (end < seconds - reservationPast || end > seconds + reservationAhead))
      .map(() => 'expired' as const),
    ...append.unchanged
      .filter(({ stream, revision }) => streams.get(stream)?.some((event) => event.fence && event.revision > revision))
      .map(() => 'stale' as const),
    ...append.streams.filter(({ stream, expected }) => (streams.get(stream)?.length ?? 0) !== expected).map(() => 'stale' as const),
  ];

  const write = (append: PreparedAppend, at: number) => {
    for (const { key, end } of append.reserve) reservations.add(`${end} ${hex(key)}`);
    for (const { stream, revokes, ...event } of append.events) {
      position += 1n;
      streams.set(stream, [...(streams.get(stream) ?? []), { ...event, position, at }]);
      for (const { key, forEver } of revokes) {
        const t = forEver ? Infinity : Math.floor(at / 1e6) + 1;
        revocations.set(hex(key), Math.max(t, revocations.get(hex(key)) ?? 0));
      }
    }
  };

  return {
    append(append) {
      mark = Math.max(mark, now());
      const loss = strongestLoss(lossesOf(append, Math.floor(mark / 1e6)));
      if (loss && loss !== 'reserved') return { outcome: loss };
      const taken = append.reserve.findIndex(({ key, end }) => reservations.has(`${end} ${hex(key)}`));
      if (taken >= 0) return { outcome: 'reserved', taken };
      write(append, mark);
      return { outcome: 'recorded', position, at: mark };
    },
    stream: (stream) => streams.get(stream) ?? [],
  };
}
