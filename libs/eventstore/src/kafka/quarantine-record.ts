import { createHash, randomUUID } from 'node:crypto';
import { mainTenant, topics, type Topic } from '@chancery/events';
import type { BusRecord } from '../bus.js';
import type { Received } from './inspect.js';
import type { SetAsideRecord, WaitingState } from './waiting-records.js';

/** What became of records in quarantine travels on the same topic, behind them. */
export type QuarantineMark =
  | { readonly type: 'quarantine.handled' | 'quarantine.dropped'; readonly entry: bigint }
  | { readonly type: 'quarantine.failed'; readonly entry: bigint; readonly cause: string }
  | { readonly type: 'quarantine.released'; readonly group: string; readonly key: string };

/** Beside a record in quarantine; `group`, `topic` and `cause` are for people, the others say where it belongs. */
const internal = ['state', 'heldkey', 'origin', 'originmac', 'originmackid'] as const;

/** What the bus says itself of a record in quarantine, and of one that it sends. */
const reserved = new Set<string>([...internal, 'mac', 'mackid']);

/** A record as it stands in quarantine: keyed by where it came from, with group, topic and cause beside it. */
export function asQuarantined({ group, received, state, cause }: SetAsideRecord): BusRecord {
  const { record, origin, mac } = cutToFit(received);
  // Where MACs do not count, as among revocations, what is called one is anybody's text.
  const others = Object.entries(record.extensions ?? {}).filter(([name]) => !reserved.has(name));
  return {
    ...record,
    topic: topics.quarantine,
    key: record.source,
    extensions: {
      ...Object.fromEntries(others),
      group,
      topic: record.topic,
      cause: cause.slice(0, 512).toWellFormed(),
      state,
      heldkey: record.key,
      origin: `${origin.partition}/${origin.offset}`,
      ...(mac && { originmac: mac.mac, originmackid: mac.mackid }),
    },
  };
}

/** Bytes of data that are kept of a record that may be anybody's, and of one larger than any of ours. */
const mostForeign = 65_536;
const mostOurs = 1_048_576;
const mostExtensions = 8_192;
const longestMac = 128;

/**
 * A copy larger than the topic takes would hold its partition up for ever, so what breaks the bounds of the bus is kept in part: the beginning of its data,
 * and digest and size of the whole. It never becomes readable.
 */
export function cutToFit(received: Received): Received {
  const { record, origin, mac, foreign } = received;
  const fits =
    record.data.byteLength <= (foreign ? mostForeign : mostOurs) &&
    JSON.stringify(record.extensions ?? {}).length <= mostExtensions &&
    (mac?.mac.length ?? 0) + (mac?.mackid.length ?? 0) <= longestMac;
  if (fits) return received;
  const datadigest = createHash('sha256').update(record.data).digest('base64url');
  const extensions = { datadigest, datasize: String(record.data.byteLength) };
  // A copy: a part of the whole would keep all of it in memory.
  return { record: { ...record, data: Uint8Array.from(record.data.subarray(0, mostForeign)), extensions }, origin, cut: true };
}

/** The same by who received the record otherwise than through a subscription. @throws TypeError for one without group, topic and cause */
export function asQuarantinedBySender(record: BusRecord): BusRecord {
  const { group, topic, cause, ...extensions } = record.extensions ?? {};
  if (!group || !cause || !isQuarantinable(topic))
    throw new TypeError('a quarantined record says its group, topic and cause in its extensions');
  const original = { ...record, topic, extensions };
  // It lies nowhere: it comes before all of its key.
  return asQuarantined({ group, received: { record: original, origin: { partition: 0, offset: 0n } }, state: 'failed', cause });
}

/** Reads what `asQuarantined` made; undefined for a record that is none. */
export function fromQuarantined({ extensions = {}, ...quarantined }: BusRecord): SetAsideRecord | undefined {
  const { group, topic, cause, state, heldkey, origin, originmac, originmackid, ...others } = extensions;
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,19})$/.exec(origin ?? '') ?? [];
  if (!group || !cause || !heldkey || !isTopic(topic) || !isState(state) || offset === undefined) return undefined;
  const record: BusRecord = { ...quarantined, topic, key: heldkey, ...(Object.keys(others).length > 0 && { extensions: others }) };
  const received: Received = {
    record,
    origin: { partition: Number(partition), offset: BigInt(offset) },
    ...(originmac !== undefined && originmackid !== undefined && { mac: { mac: originmac, mackid: originmackid } }),
    ...(others['datadigest'] !== undefined && { cut: true }),
  };
  return { group, received, state, cause };
}

/** As a watcher of the topic gets it. */
export function forWatchers(record: BusRecord): BusRecord {
  const extensions = { ...record.extensions };
  for (const name of internal) delete extensions[name];
  return { ...record, extensions };
}

/** A record in quarantine keeps its type, which may be that of a mark; but a mark belongs to no group. */
export const isMark = ({ type, extensions }: BusRecord): boolean => type.startsWith('quarantine.') && extensions?.['group'] === undefined;

export function encodeMark({ type, ...fields }: QuarantineMark, clientId: string): BusRecord {
  const source = `${mainTenant}/quarantine/${clientId}`;
  const text = JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return {
    topic: topics.quarantine,
    key: source,
    id: randomUUID(),
    source,
    type,
    version: 1,
    subject: 'quarantine',
    time: Date.now() * 1_000,
    data: Buffer.from(text),
  };
}

/** Undefined for a record that is no mark. */
export function decodeMark({ type, data }: BusRecord): QuarantineMark | undefined {
  const { entry, cause, group, key } = fieldsOf(data);
  const place = /^\d{1,19}$/.test(entry ?? '') ? BigInt(entry ?? 0) : undefined;
  if (type === 'quarantine.released') return group !== undefined && key !== undefined ? { type, group, key } : undefined;
  if (place === undefined) return undefined;
  if (type === 'quarantine.failed') return cause !== undefined ? { type, entry: place, cause } : undefined;
  return type === 'quarantine.handled' || type === 'quarantine.dropped' ? { type, entry: place } : undefined;
}

function fieldsOf(data: Uint8Array): Record<string, string | undefined> {
  try {
    const read: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return Object.fromEntries(Object.entries(read ?? {}).filter((field): field is [string, string] => typeof field[1] === 'string'));
  } catch {
    return {};
  }
}

const known = new Set<string>(Object.values(topics));
const isTopic = (name: string | undefined): name is Topic => name !== undefined && known.has(name);
const isQuarantinable = (name: string | undefined): name is Topic => isTopic(name) && name !== topics.quarantine;
const isState = (text: string | undefined): text is WaitingState => text === 'failed' || text === 'held' || text === 'apart';
