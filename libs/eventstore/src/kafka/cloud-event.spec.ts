import { topics } from '@chancery/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { decodeCloudEvent, encodeCloudEvent, NotACloudEvent, type RawRecord } from './cloud-event.js';

const issuer = 'https://id.example';
const record: BusRecord = {
  topic: topics.issuance,
  key: 'main/grant/gr_1',
  id: '0198f1c2-7a11-7c3e-9c55-3b8a4a3f5e21',
  source: 'main/grant/gr_1',
  type: 'grant.revoked',
  version: 2,
  subject: 'gr_1',
  time: 1_795_429_800_000_042,
  data: Buffer.from('{"grantId":"gr_1","cause":"operator"}'),
  sequence: 7,
  position: 9_007_199_254_740_993n,
  extensions: { correlationid: 'tx_1', authtype: 'user', authid: 'op_1' },
};

/** As a broker hands it over: header values are bytes. */
function arriving(sent: BusRecord, change: Record<string, string | Uint8Array | undefined> = {}): RawRecord {
  const { key, value, headers } = encodeCloudEvent(sent, issuer);
  const all = { ...headers, ...change };
  return { key: Buffer.from(key), value, headers: Object.fromEntries(Object.entries(all).map(([name, one]) => [name, bytes(one)])) };
}
const bytes = (value: string | Uint8Array | undefined) => (typeof value === 'string' ? Buffer.from(value) : value);
const decode = (raw: RawRecord) => decodeCloudEvent(topics.issuance, raw, issuer);

describe('a record as a CloudEvent', () => {
  it('has the headers of standards.md §11.1, the record’s key and its very bytes', () => {
    expect(encodeCloudEvent(record, issuer)).toEqual({
      key: 'main/grant/gr_1',
      value: record.data,
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: '0198f1c2-7a11-7c3e-9c55-3b8a4a3f5e21',
        ce_source: 'https://id.example/streams/main/grant/gr_1',
        ce_type: 'chancery.grant.revoked.v2',
        ce_time: '2026-11-23T10:30:00.000042Z',
        ce_recordedtime: '2026-11-23T10:30:00.000042Z',
        ce_subject: 'gr_1',
        ce_dataschema: 'https://id.example/schemas/grant.revoked/v2',
        ce_partitionkey: 'main/grant/gr_1',
        ce_sequence: '000000000007',
        ce_tenant: 'main',
        ce_position: '9007199254740993',
        ce_correlationid: 'tx_1',
        ce_authtype: 'user',
        ce_authid: 'op_1',
      },
    });
  });

  it('has no revision, position and time of append when it comes from no stream', () => {
    const { sequence: _, position: __, extensions: ___, ...bare } = record;
    const { headers } = encodeCloudEvent(bare, issuer);
    expect(Object.keys(headers).filter((name) => /sequence|position|recordedtime/.test(name))).toEqual([]);
    expect(decode(arriving(bare))).toEqual(bare);
  });

  it('comes back as it was sent, whatever its texts and bytes', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const any = fc.record({
      key: text,
      subject: text,
      source: text.map((rest) => `main/${rest}`),
      time: fc.nat({ max: 9_000_000_000_000_000 }),
      data: fc.uint8Array({ maxLength: 64 }),
      sequence: fc.nat({ max: 0x7fffffff }),
      position: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      extensions: fc.dictionary(fc.stringMatching(/^x[a-z0-9]{0,19}$/), text, { minKeys: 1 }),
    });
    fc.assert(
      fc.property(any, (change) => {
        const sent = { ...record, ...change };
        const came = decode(arriving(sent));
        expect({ ...came, data: [...came.data] }).toEqual({ ...sent, data: [...sent.data] });
      }),
    );
  });

  it.each(['Upper', 'with-dash', 'a'.repeat(21), '', 'id', 'partitionkey', 'specversion'])('takes no extension named %s', (name) => {
    expect(() => encodeCloudEvent({ ...record, extensions: { [name]: 'x' } }, issuer)).toThrow(TypeError);
  });
});

describe('what arrives', () => {
  it('may bring headers of other tools, which are nobody’s attributes', () => {
    expect(decode(arriving(record, { 'x-trace': 'abc' }))).toEqual(record);
  });

  it.each<[string, Record<string, string | Uint8Array | undefined>]>([
    ['structured mode', { 'content-type': 'application/cloudevents+json; charset=utf-8' }],
    ['a batch', { 'content-type': 'application/cloudevents-batch+json' }],
    ['another content type', { 'content-type': 'text/plain' }],
    ['no content type', { 'content-type': undefined }],
    ['another version of CloudEvents', { ce_specversion: '0.3' }],
    ['no id', { ce_id: undefined }],
    ['an id that is no UUID', { ce_id: '1' }],
    ['somebody else’s source', { ce_source: 'https://evil.example/streams/main/grant/gr_1' }],
    ['a source that is no URI', { ce_source: 'https://id.example/streams/main/%zz' }],
    ['somebody else’s type', { ce_type: 'com.example.thing' }],
    ['a type without version', { ce_type: 'chancery.grant.revoked' }],
    ['version 0', { ce_type: 'chancery.grant.revoked.v0' }],
    ['no time', { ce_time: 'yesterday' }],
    ['a time of the wrong zone', { ce_time: '2026-11-23T09:50:00+01:00' }],
    ['an empty subject', { ce_subject: '' }],
    ['another partition key', { ce_partitionkey: 'main/grant/gr_2' }],
    ['another tenant', { ce_tenant: 'other' }],
    ['a negative revision', { ce_sequence: '-00000000001' }],
    ['a position that is no number', { ce_position: '1e3' }],
    ['bytes that are no UTF-8', { ce_subject: Buffer.from([0xff, 0xfe]) }],
    ['an extension name no CloudEvent has', { ce_Evil_name: 'x' }],
    ['a source without end', { ce_source: `https://id.example/streams/main/${'a'.repeat(508)}` }],
    ['a subject without end', { ce_subject: 'a'.repeat(513) }],
    ['headers without end', { ce_x: 'x'.repeat(70_000) }],
  ])('is none of ours with %s', (_, change) => {
    expect(() => decode(arriving(record, change))).toThrow(NotACloudEvent);
  });

  it.each(['', 'k'.repeat(513)])('is none of ours with a key that none of ours has (%#)', (key) => {
    expect(() => decode({ ...arriving(record, { ce_partitionkey: key }), key: Buffer.from(key) })).toThrow(NotACloudEvent);
    const most = { ...record, key: 'k'.repeat(512), source: `main/${'a'.repeat(507)}`, subject: 'a'.repeat(512) };
    expect(decode(arriving(most))).toEqual(most);
  });

  it('is none of ours with a header given twice', () => {
    const raw = arriving(record);
    expect(() => decode({ ...raw, headers: { ...raw.headers, ce_id: [Buffer.from('1'), Buffer.from('2')] } })).toThrow(NotACloudEvent);
  });

  it('is none of ours without key, and without value', () => {
    expect(() => decode({ ...arriving(record), key: null })).toThrow(NotACloudEvent);
    expect(() => decode({ ...arriving(record), value: null })).toThrow(NotACloudEvent);
  });

  it('is refused without a byte of it being repeated', () => {
    const attempt = () => decode(arriving(record, { ce_id: 'secret-of-somebody' }));
    expect(attempt).toThrow(NotACloudEvent);
    expect(attempt).not.toThrow(/secret/);
  });
});
