import { hash } from 'node:crypto';
import { encodeEvent, parseStream, revokedForEver, type ChanceryEvent, type RevocationKind } from '@chancery/events';
import type { Append, Reservation, StreamAppend, Unchanged } from '../contract.js';
import { revocationKey } from '../keys.js';
import { newEventId } from './event-id.js';
import { checkAppend } from './check.js';
import { appendLimits } from './limits.js';

/** One event with all that is stored of it but position and time. */
export interface PreparedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: Buffer;
  readonly type: string;
  readonly version: number;
  readonly fence: boolean;
  readonly data: Uint8Array;
  /** SHA-256 of `data`, made here and once, where the exact bytes are first known. */
  readonly digest: Uint8Array;
  readonly revokes: readonly PreparedRevocation[];
}

export interface PreparedRevocation {
  readonly key: Uint8Array;
  readonly kind: RevocationKind;
  readonly id: string;
  readonly forEver: boolean;
}

/** An append that was checked and encoded: nothing about it can be wrong any more but the state of the world. */
export interface PreparedAppend {
  readonly streams: readonly { readonly stream: string; readonly expected: number }[];
  readonly events: readonly PreparedEvent[];
  readonly reserve: readonly Reservation[];
  readonly unchanged: readonly Unchanged[];
  readonly notRevoked: readonly { readonly key: Uint8Array; readonly since: number | undefined }[];
  readonly checkedThrough: bigint | undefined;
}

/** Checks and encodes. Throws a TypeError for what the caller's code got wrong; foreign input cannot cause one. */
export function prepareAppend(append: Append): PreparedAppend {
  checkAppend(append);
  return {
    streams: append.streams.map(({ stream, expected }) => ({ stream, expected })),
    events: append.streams.flatMap(prepareStream),
    reserve: append.reserve ?? [],
    unchanged: append.unchanged ?? [],
    notRevoked: (append.notRevoked ?? []).map(({ kind, id, since }) => ({ key: revocationKey(kind, id), since })),
    checkedThrough: append.checkedThrough,
  };
}

function prepareStream({ stream, expected, events }: StreamAppend): PreparedEvent[] {
  const { category } = parseStream(stream);
  return events.map((event, place) => {
    if (!event.type.startsWith(`${category}.`)) throw new TypeError(`an event ${event.type} has no place in a stream of ${category}`);
    return { stream, revision: expected + place + 1, ...prepareEvent(event) };
  });
}

function prepareEvent(event: ChanceryEvent): Omit<PreparedEvent, 'stream' | 'revision'> {
  const { type, version, fence, data, revokes } = encodeEvent(event);
  if (data.length > appendLimits.eventBytes) throw new TypeError(`an event ${type} is larger than ${appendLimits.eventBytes} bytes`);
  return {
    id: newEventId(),
    type,
    version,
    fence,
    data,
    digest: hash('sha256', data, 'buffer'),
    revokes: revokes.map(({ kind, id }) => ({ key: revocationKey(kind, id), kind, id, forEver: revokedForEver[kind] })),
  };
}
