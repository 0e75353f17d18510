import { StoreUnavailable } from '../contract.js';

/** What a failed call of the append function left behind. */
export type Failure =
  /** The server said so: the call was undone as a whole. */
  | 'undone'
  /** Undone, and because of what one of the batch carries or who raced it: its neighbours may still succeed. */
  | 'undone by one'
  /** Nobody said anything: it may be committed. */
  | 'unknown';

/** Classes of SQLSTATE: data, integrity, program limits; and by name: rights, serialisation, deadlock. */
const byOne = /^(22|23|54|42501$|40001$|40P01$)/;

/** Only an ERROR answers for the statement. A FATAL ends the session, and may come while the commit is already on disk. */
export function failureOf(error: unknown): Failure {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (typeof code !== 'string' || severity !== 'ERROR') return 'unknown';
  return byOne.test(code) ? 'undone by one' : 'undone';
}

/** The answer for the edge; what the database said stays its cause. */
export const unavailable = (what: string, cause: unknown): StoreUnavailable =>
  cause instanceof StoreUnavailable ? cause : new StoreUnavailable(what, { cause });
