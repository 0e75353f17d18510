import { parseStream } from '@chancery/events';
import type { Append } from '../contract.js';
import { appendLimits } from './limits.js';

const largestRevision = 2 ** 31 - 1;

/** Throws a TypeError for an append that no state of the world could make right. */
export function checkAppend({ streams, reserve = [], unchanged = [], notRevoked = [] }: Append): void {
  const events = streams.reduce((sum, part) => sum + part.events.length, 0);
  // What only spends an artefact, such as the assertion of a request that changes nothing, records no event (CLA-11).
  const least = reserve.length > 0 ? 0 : 1;
  within('streams', streams.length, least, appendLimits.streams);
  within('events', events, least, appendLimits.events);
  within('reservations', reserve.length, 0, appendLimits.reservations);
  within('unchanged guards', unchanged.length, 0, appendLimits.unchanged);
  within('not-revoked guards', notRevoked.length, 0, appendLimits.notRevoked);
  for (const part of streams) {
    parse(part.stream);
    wholeNumber('an expected revision', part.expected, largestRevision - part.events.length);
    if (part.events.length === 0) throw new TypeError('a stream without events needs a guard, not a place in the append');
  }
  once('stream', streams, ({ stream }) => stream);
  for (const { key, end } of reserve) {
    if (key.length !== 16) throw new TypeError('a reservation key has 16 bytes');
    wholeNumber("a reservation's end", end, Number.MAX_SAFE_INTEGER);
  }
  once('reservation', reserve, ({ key }) => Buffer.from(key).toString('hex'));
  for (const guard of unchanged) {
    parse(guard.stream);
    wholeNumber('a guarded revision', guard.revision, largestRevision);
  }
  for (const { since } of notRevoked) {
    // 0 would mean "this append's own time" to the database: the weakest guard, by accident.
    if (since !== undefined && !(Number.isSafeInteger(since) && since > 0))
      throw new TypeError('authority is from a whole second after 1970');
  }
}

function parse(stream: string): void {
  try {
    parseStream(stream);
  } catch (cause) {
    throw new TypeError('not a stream name', { cause });
  }
}

function within(what: string, count: number, least: number, most: number): void {
  if (count < least || count > most) throw new TypeError(`an append has ${least} to ${most} ${what}, not ${count}`);
}

function wholeNumber(what: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most) throw new TypeError(`${what} is a whole number up to ${most}`);
}

function once<T>(what: string, all: readonly T[], nameOf: (one: T) => string): void {
  if (all.length > 1 && new Set(all.map(nameOf)).size < all.length) throw new TypeError(`the same ${what} twice in one append`);
}
