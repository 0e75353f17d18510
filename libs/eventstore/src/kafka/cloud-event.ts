import type { Topic } from '@chancery/events';
import type { BusRecord } from '../bus.js';
import { rfc3339, microsecondsOf } from './rfc3339.js';

/** A record as it travels: CloudEvents 1.0.2 over Kafka, binary mode. */
export interface KafkaRecord {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record as it arrives, from whomever: nothing in it is known to be right. */
export interface RawRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds since 1970, by the broker. */
  readonly timestamp?: string;
}

/** What arrived is not one of our CloudEvents. The message says why, and repeats no byte of it. */
export class NotACloudEvent extends Error {
  override readonly name = 'NotACloudEvent';
}

/** Attributes of the envelope itself; every other one is an extension of the record. */
const own = new Set(
  [
    'specversion',
    'id',
    'source',
    'type',
    'time',
    'recordedtime',
    'subject',
    'dataschema',
    'partitionkey',
    'sequence',
    'tenant',
    'position',
  ].map((name) => `ce_${name}`),
);
const extensionName = /^[a-z0-9]{1,20}$/;
const mostHeaderBytes = 65_536;

/**
 * Encodes a record (standards.md §11.1). Its key is the record's; the value is its data, byte for byte.
 * @param issuer without a slash at the end; sources and schemas are URIs under it
 * @throws TypeError for an extension that is no attribute name of CloudEvents, or the name of one of the envelope's own
 */
export function encodeCloudEvent(record: BusRecord, issuer: string): KafkaRecord {
  const { key, id, source, type, version, subject, time, data, sequence, position, extensions = {} } = record;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: `${issuer}/streams/${encodeURI(source)}`,
    ce_type: `chancery.${type}.v${version}`,
    ce_time: rfc3339(time),
    ce_subject: subject,
    ce_dataschema: `${issuer}/schemas/${encodeURIComponent(type)}/v${version}`,
    ce_partitionkey: key,
    ce_tenant: tenantOf(source),
  };
  // One clock stamps the decision and its append (design §4).
  if (sequence !== undefined) Object.assign(headers, { ce_sequence: String(sequence).padStart(12, '0'), ce_recordedtime: rfc3339(time) });
  if (position !== undefined) headers['ce_position'] = String(position);
  for (const [name, value] of Object.entries(extensions)) {
    if (!extensionName.test(name) || own.has(`ce_${name}`))
      throw new TypeError('an extension is named by up to 20 of a-z and 0-9, not as an attribute');
    headers[`ce_${name}`] = value;
  }
  return { key, value: Buffer.from(data.buffer, data.byteOffset, data.byteLength), headers };
}

/**
 * Decodes what arrived on a topic. Its data is not looked at. MAC and signature are among the extensions, unchecked.
 * @throws NotACloudEvent
 */
export function decodeCloudEvent(topic: Topic, raw: RawRecord, issuer: string): BusRecord {
  const { text, extensions } = readHeaders(raw.headers ?? {});
  binaryMode(text.get('content-type'));
  const required = (name: string): string => text.get(`ce_${name}`) ?? refuse(`no ${name}`);
  if (required('specversion') !== '1.0') refuse('another specversion');
  const key = bounded(utf8(raw.key ?? refuse('no key'), 'key'), 'key');
  if (required('partitionkey') !== key) refuse('another partitionkey than its key');
  const source = bounded(sourceOf(required('source'), issuer), 'source');
  if (required('tenant') !== tenantOf(source)) refuse('another tenant than its source');
  const sequence = text.get('ce_sequence');
  const position = text.get('ce_position');
  const record: BusRecord = {
    topic,
    key,
    id: matching(required('id'), uuid, 'id'),
    source,
    ...typeOf(required('type')),
    subject: bounded(required('subject'), 'subject'),
    time: microsecondsOf(required('time')) ?? refuse('no RFC 3339 time'),
    data: raw.value ?? refuse('no value'),
    ...(sequence !== undefined && { sequence: Number(matching(sequence, /^\d{12}$/, 'sequence')) }),
    ...(position !== undefined && { position: BigInt(matching(position, /^\d{1,19}$/, 'position')) }),
  };
  return extensions.length > 0 ? { ...record, extensions: Object.fromEntries(extensions) } : record;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A source's first part: every one carries its tenant. */
const tenantOf = (source: string): string => source.split('/', 1)[0] ?? '';

/** All as text, and apart from it the extensions. Headers of other kinds than ours are left alone. */
function readHeaders(headers: Readonly<Record<string, unknown>>) {
  const text = new Map<string, string>();
  const extensions: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'content-type' && !name.startsWith('ce_')) continue;
    if (!(value instanceof Uint8Array)) throw new NotACloudEvent('not a CloudEvent: a header twice or without value');
    bytes += name.length + value.byteLength;
    if (bytes > mostHeaderBytes) refuse('headers too long');
    const read = utf8(value, 'header');
    text.set(name, read);
    if (!name.startsWith('ce_') || own.has(name)) continue;
    extensions.push([matching(name.slice(3), extensionName, 'extension name'), read]);
  }
  return { text, extensions };
}

function binaryMode(contentType: string | undefined): void {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('application/cloudevents')) refuse('structured or batched mode');
  if (type !== 'application/json') refuse('another content type');
}

function sourceOf(uri: string, issuer: string): string {
  const prefix = `${issuer}/streams/`;
  if (!uri.startsWith(prefix)) return refuse('a source that is not ours');
  try {
    return decodeURI(uri.slice(prefix.length)) || refuse('an empty source');
  } catch {
    return refuse('a malformed source');
  }
}

function typeOf(text: string): { type: string; version: number } {
  const [, type, version] = /^chancery\.([a-z0-9.-]{1,128})\.v([1-9]\d{0,8})$/.exec(text) ?? refuse('a type that is not ours');
  return { type: type ?? '', version: Number(version) };
}

const matching = (text: string, form: RegExp, what: string): string => (form.test(text) ? text : refuse(`a malformed ${what}`));

/** As `checkRecord` sends them. What stands in quarantine names them several times, and has to be read again itself. */
const bounded = (text: string, what: string): string =>
  text.length > 0 && text.length <= 512 ? text : refuse(`a ${what} that has not 1 to 512 characters`);

function utf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse(`a ${what} that is not UTF-8`);
  }
}

function refuse(why: string): never {
  throw new NotACloudEvent(`not a CloudEvent of ours: ${why}`);
}
