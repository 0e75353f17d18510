import { createHash } from 'node:crypto';
import { topics, type Topic } from '@chancery/events';
import type { BusRecord } from '../bus.js';
import { whyUnreadable } from '../bus-embedded/unreadable.js';
import { decodeCloudEvent, NotACloudEvent, type RawRecord } from './cloud-event.js';
import { apartFromMac, haveWriters, type Mac, type MacKeys, whyForged, writerOf } from './mac.js';
import { whyMisattributed } from './why-misattributed.js';

/** Where a record lies on its topic. */
export interface Origin {
  readonly partition: number;
  readonly offset: bigint;
}

/** A record as it came from its topic. */
export interface Received {
  readonly record: BusRecord;
  readonly origin: Origin;
  readonly mac?: Mac;
  /** The service whose key its MAC is by, where keys have writers. */
  readonly writer?: string;
  /** It was too large to be kept whole, and is here in part. */
  readonly cut?: true;
  /** Why no handler may have it. */
  readonly unreadable?: string;
  /** It is not known to be from who writes this topic: its key may be anybody's. */
  readonly foreign?: true;
}

export interface InspectOptions {
  readonly issuer: string;
  /** Absent: records carry no MAC. Given: those of a topic without keys here are not read. */
  readonly macKeys?: MacKeys;
  /** Why a record of `chancery.revocations` is not by who signs them, or undefined when it is. Called before its data is parsed. */
  readonly verify?: (record: BusRecord) => string | undefined;
}

/** The type of what stands in quarantine for a record that is none of ours. */
export const unreadableType = 'unreadable.record';

/** Reads what arrived: envelope, MAC or signature, then type and version, in this order (EVT-01, EVT-04). */
export function receive(topic: Topic, raw: RawRecord, origin: Origin, options: InspectOptions): Received {
  let record: BusRecord;
  try {
    record = decodeCloudEvent(topic, raw, options.issuer);
  } catch (error) {
    if (!(error instanceof NotACloudEvent)) throw error;
    return { record: standIn(topic, raw, origin), origin, unreadable: error.message, foreign: true };
  }
  const { record: bare, mac } = macApplies(topic, options) ? apartFromMac(record) : { record, mac: undefined };
  const received: Received = { record: bare, origin, ...(mac && { mac }) };
  return { ...received, ...inspect(received, options) };
}

/** What stands between a record and its handler now: keys and code may have changed since it was received. */
export function inspect({ record, mac, cut }: Received, options: InspectOptions): Pick<Received, 'unreadable' | 'foreign' | 'writer'> {
  if (cut) return { unreadable: 'it was too large to be kept whole', foreign: true };
  if (record.type === unreadableType && record.topic !== topics.quarantine)
    return { unreadable: 'not a CloudEvent of ours', foreign: true };
  const forged = whyNotOurs(record, mac, options);
  if (forged !== undefined) return { unreadable: forged, foreign: true };
  const writer = mac && writerOf(mac, options.macKeys?.[record.topic] ?? []);
  // Revocations are read by who verifies them, and what is in quarantine is not read at all.
  const read = record.topic === topics.revocations || record.topic === topics.quarantine ? {} : whyUnreadable(record);
  return { ...read, ...(writer !== undefined && { writer }) };
}

const macApplies = (topic: Topic, { macKeys }: InspectOptions): boolean => macKeys !== undefined && topic !== topics.revocations;

function whyNotOurs(record: BusRecord, mac: Mac | undefined, options: InspectOptions): string | undefined {
  if (record.topic === topics.revocations) return options.verify?.(record);
  if (!macApplies(record.topic, options)) return undefined;
  const keys = options.macKeys?.[record.topic] ?? [];
  const forged = whyForged(record, mac, keys);
  return forged === undefined && mac && haveWriters(keys) ? whyMisattributed(record, writerOf(mac, keys)) : forged;
}

/** So that something can be listed, dropped and, by its place, found. */
function standIn(topic: Topic, raw: RawRecord, { partition, offset }: Origin): BusRecord {
  const place = `${topic}/${partition}/${offset}`;
  const hash = createHash('sha256').update(place).digest('hex');
  return {
    topic,
    key: keyText(raw.key) || place,
    // A UUID of version 8, the same for every reader.
    id: `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
    source: `main/kafka/${place}`,
    type: unreadableType,
    version: 1,
    subject: place,
    time: Number(raw.timestamp ?? 0) * 1_000,
    data: raw.value ?? new Uint8Array(),
  };
}

const keyText = (key: Uint8Array | null): string =>
  Buffer.from(key ?? [])
    .toString('utf8')
    .replaceAll('\0', '\ufffd')
    .slice(0, 512)
    .toWellFormed();
