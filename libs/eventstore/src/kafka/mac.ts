import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Topic } from '@chancery/events';
import type { BusRecord } from '../bus.js';

/** A topic's key for HMAC-SHA-256. */
export interface MacKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The service that writes under it, by its `clientId`. Where one key of a topic has a writer, what is by a key without one is nobody's. */
  readonly writer?: string;
}

/** The keys of each topic, the first one for what is sent. A process holds its own of the topics it writes; the audit service holds all. */
export type MacKeys = Readonly<Partial<Record<Topic, readonly [MacKey, ...MacKey[]]>>>;

/** `ce_mac` and `ce_mackid`: base64url of the HMAC, and its key's id. */
export interface Mac {
  readonly mac: string;
  readonly mackid: string;
}

const macOf = (record: BusRecord, { kid, key }: MacKey): Mac => ({ mac: hmac(record, key).toString('base64url'), mackid: kid });

/** Why a record's MAC does not hold, or undefined when it does. Reads no byte of the data but to hash it (EVT-04). */
export function whyForged(record: BusRecord, mac: Mac | undefined, keys: readonly MacKey[]): string | undefined {
  if (!mac) return 'it has no MAC';
  const known = keys.find(({ kid }) => kid === mac.mackid);
  if (!known) return 'its MAC is by an unknown key';
  const [presented, right] = [Buffer.from(mac.mac, 'base64url'), hmac(record, known.key)];
  const genuine = presented.length === right.length && timingSafeEqual(presented, right);
  return genuine ? undefined : 'its MAC is wrong';
}

/** Whose key a MAC that holds was made with; undefined where keys have no writers. */
export const writerOf = (mac: Mac, keys: readonly MacKey[]): string | undefined => keys.find(({ kid }) => kid === mac.mackid)?.writer;

/** Whether keys say whose they are. */
export const haveWriters = (keys: readonly MacKey[] = []): boolean => keys.some(({ writer }) => writer !== undefined);

/** A record with its MAC beside it, to be sent. @throws TypeError for one that says it has a MAC already */
export function withMac(record: BusRecord, key: MacKey): BusRecord {
  const { extensions = {} } = record;
  if ('mac' in extensions || 'mackid' in extensions) throw new TypeError('a MAC is made by the bus, not by who publishes');
  return { ...record, extensions: { ...extensions, ...macOf(record, key) } };
}

/** A record as it was before `withMac`, and its MAC apart. */
export function apartFromMac(record: BusRecord): { record: BusRecord; mac?: Mac } {
  const { extensions, ...bare } = record;
  if (!extensions) return { record };
  const { mac, mackid, ...others } = extensions;
  return {
    record: Object.keys(others).length > 0 ? { ...bare, extensions: others } : bare,
    ...(mac !== undefined && mackid !== undefined && { mac: { mac, mackid } }),
  };
}

/**
 * Over topic, tenant, stream, revision, type, version and digest of the data, and over all else that a reader relies on: with another id a record would count
 * twice, with another subject, key or time it would be laid at somebody else's door. A stream's name begins with its tenant.
 */
function hmac(
  { topic, key, id, source, type, version, subject, time, data, sequence, position, extensions }: BusRecord,
  by: KeyObject,
): Buffer {
  const digest = createHash('sha256').update(data).digest('base64url');
  const of = [
    topic,
    source,
    sequence ?? null,
    type,
    version,
    digest,
    id,
    key,
    subject,
    time,
    position === undefined ? null : `${position}`,
  ];
  const beside = Object.entries(extensions ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', by)
    .update(JSON.stringify(['chancery.mac', 1, ...of, beside]))
    .digest();
}
