import type { PreparedAppend } from '../append/prepared.js';
import { strongestLoss, type Loss } from '../append/outcome.js';
import type { AppendOutcome } from '../contract.js';
import { appendArguments } from '../migrations/sql/append.js';
import type { WritingRole } from '../migrations/sql/permissions.js';
import { bigintArray, booleanArray, byteaArray, integerArray, textArray, uuidArray } from './binary-array.js';

/** One call of a role's append function, as the driver takes it. */
export interface BatchCall {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
  readonly rowMode: 'array';
}

/** Rows of one argument group, each with the number of its append in the call, from 1. */
function numbered<T>(batch: readonly PreparedAppend[], pick: (append: PreparedAppend) => readonly T[]): { append: number; row: T }[] {
  return batch.flatMap((append, index) => pick(append).map((row) => ({ append: index + 1, row })));
}

/**
 * The transaction through which every caller of the batch had checked its keys: the oldest, as of gathering. Null when one of them holds no set:
 * then all keys are looked up.
 */
function checkedThrough(batch: readonly PreparedAppend[]): string | null {
  const through = batch.filter(({ notRevoked }) => notRevoked.length > 0).map((append) => append.checkedThrough);
  const known = through.filter((tx) => tx !== undefined);
  if (known.length === 0 || known.length < through.length) return null;
  return String(known.reduce((oldest, tx) => (tx < oldest ? tx : oldest)));
}

/** The arguments in the order of `appendArguments`. */
function argumentsOf(batch: readonly PreparedAppend[]): unknown[] {
  const events = numbered(batch, (append) => append.events);
  // A stream that must not exist needs no look: the primary key refuses a second revision 1.
  const expected = numbered(batch, (append) => append.streams.filter((part) => part.expected > 0));
  const reserve = numbered(batch, (append) => append.reserve);
  const unchanged = numbered(batch, (append) => append.unchanged);
  const unrevoked = numbered(batch, (append) => append.notRevoked);
  const revokes = events.flatMap(({ append, row }, index) => row.revokes.map((entry) => ({ append, place: index + 1, ...entry })));
  return [
    checkedThrough(batch),
    integerArray(events.map(({ append }) => append)),
    integerArray(events.map((_, index) => index + 1)),
    textArray(events.map(({ row }) => row.stream)),
    integerArray(events.map(({ row }) => row.revision)),
    uuidArray(events.map(({ row }) => row.id)),
    textArray(events.map(({ row }) => row.type)),
    integerArray(events.map(({ row }) => row.version)),
    booleanArray(events.map(({ row }) => row.fence)),
    byteaArray(events.map(({ row }) => row.data)),
    byteaArray(events.map(({ row }) => row.digest)),
    integerArray(expected.map(({ append }) => append)),
    textArray(expected.map(({ row }) => row.stream)),
    integerArray(expected.map(({ row }) => row.expected)),
    integerArray(reserve.map(({ append }) => append)),
    uuidArray(reserve.map(({ row }) => row.key)),
    bigintArray(reserve.map(({ row }) => row.end)),
    integerArray(unchanged.map(({ append }) => append)),
    textArray(unchanged.map(({ row }) => row.stream)),
    integerArray(unchanged.map(({ row }) => row.revision)),
    integerArray(unrevoked.map(({ append }) => append)),
    uuidArray(unrevoked.map(({ row }) => row.key)),
    bigintArray(unrevoked.map(({ row }) => row.since ?? 0)),
    integerArray(revokes.map(({ append }) => append)),
    integerArray(revokes.map(({ place }) => place)),
    uuidArray(revokes.map(({ key }) => key)),
    textArray(revokes.map(({ kind }) => kind)),
    textArray(revokes.map(({ id }) => id)),
    booleanArray(revokes.map(({ forEver }) => forEver)),
  ];
}

const placeholders = appendArguments.map((_, index) => `$${index + 1}`).join(', ');

/** `functionName` differs from the role's own only in specs. */
export const batchCall = (role: WritingRole, batch: readonly PreparedAppend[], functionName = `es.append_${role}`): BatchCall => ({
  name: functionName,
  text: `select at_us, base, lost, why, missed from ${functionName}(${placeholders})`,
  values: argumentsOf(batch),
  rowMode: 'array',
});

/** The function's one row, as the driver reads it. */
export type BatchAnswer = [at: string, base: string, lost: number[], why: Loss[], missed: number[]];

/** Microseconds since 1970 at which the call was stamped. */
export const answeredAt = ([at]: BatchAnswer): number => Number(at);

/** What became of each append of the batch, in its order. */
export function outcomesOf(batch: readonly PreparedAppend[], [at, base, lost, why, missed]: BatchAnswer): AppendOutcome[] {
  let events = 0;
  let reservations = 0;
  return batch.map(({ events: { length }, reserve }, index) => {
    const firstReservation = reservations + 1;
    events += length;
    reservations += reserve.length;
    const outcome = strongestLoss(why.filter((_, nth) => lost[nth] === index + 1));
    if (!outcome) return { outcome: 'recorded', position: BigInt(base) + BigInt(events), at: Number(at) };
    if (outcome !== 'reserved') return { outcome };
    return { outcome, taken: Math.min(...missed.filter((place) => place >= firstReservation && place <= reservations)) - firstReservation };
  });
}
