import { createSecretKey } from 'node:crypto';
import { encodeEvent, topics } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { encodeCloudEvent } from './cloud-event.js';
import { type InspectOptions, inspect, receive, unreadableType } from './inspect.js';
import { type MacKey, type MacKeys, withMac } from './mac.js';

const issuer = 'https://id.example';
const keyOf = (kid: string): MacKey => ({ kid, key: createSecretKey(Buffer.alloc(32, kid)) });
const macKeys: MacKeys = { [topics.issuance]: [keyOf('new'), keyOf('old')], [topics.activity]: [keyOf('activity')] };
const { type, version, data } = encodeEvent({ type: 'grant.revoked', grantId: 'gr_1', cause: 'operator', by: 'op_1' });
const record: BusRecord = {
  topic: topics.issuance,
  key: 'main/grant/gr_1',
  id: '0198f1c2-7a11-7c3e-9c55-3b8a4a3f5e21',
  source: 'main/grant/gr_1',
  type,
  version,
  subject: 'gr_1',
  time: 1_795_429_800_000_042,
  data,
  sequence: 7,
  position: 42n,
  extensions: { authid: 'op_1' },
};
const origin = { partition: 2, offset: 9n };

/** What a reader with these options makes of it. */
function received(sent: BusRecord, options: Partial<InspectOptions> = { macKeys }) {
  const { key, value, headers } = encodeCloudEvent(sent, issuer);
  const arrived = Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, Buffer.from(one)]));
  return receive(sent.topic, { key: Buffer.from(key), value, headers: arrived }, origin, { issuer, ...options });
}
const signed = withMac(record, keyOf('new'));

describe('a MAC', () => {
  it('lets the record through that it was made for, and is not handed on', () => {
    const { record: came, unreadable } = received(signed);
    expect([{ ...came, data: Buffer.from(came.data) }, unreadable]).toEqual([{ ...record, data: Buffer.from(record.data) }, undefined]);
  });

  it('may be by the key before', () => {
    expect(received(withMac(record, keyOf('old'))).unreadable).toBeUndefined();
  });

  it.each<[string, Partial<BusRecord>]>([
    ['id', { id: '0198f1c2-7a11-7c3e-9c55-3b8a4a3f5e22' }],
    ['key', { key: 'main/grant/gr_2' }],
    ['source', { source: 'main/grant/gr_2' }],
    ['type', { type: 'grant.token-issued' }],
    ['version', { version: 2 }],
    ['subject', { subject: 'gr_2' }],
    ['time', { time: record.time + 1 }],
    ['data', { data: Buffer.from('{}') }],
    ['revision', { sequence: 8 }],
    ['position', { position: 43n }],
    ['extension', { extensions: { ...signed.extensions, authid: 'op_2' } }],
  ])('does not hold for another %s', (_, change) => {
    expect(received({ ...signed, ...change })).toMatchObject({ unreadable: 'its MAC is wrong', foreign: true });
  });

  it('does not hold on another topic, whose key is another', () => {
    expect(received({ ...signed, topic: topics.activity })).toMatchObject({ unreadable: 'its MAC is by an unknown key', foreign: true });
  });

  it.each([
    ['is missing', record, 'it has no MAC'],
    ['is by a key nobody has', withMac(record, keyOf('theirs')), 'its MAC is by an unknown key'],
    ['is cut short', { ...record, extensions: { ...record.extensions, mac: 'AAAA', mackid: 'new' } }, 'its MAC is wrong'],
  ])('is told from one that %s', (_, sent, cause) => {
    expect(received(sent)).toMatchObject({ unreadable: cause, foreign: true });
  });

  it('comes before the data is parsed (EVT-04)', () => {
    const broken = { ...record, data: Buffer.from('{') };
    expect(received(broken).unreadable).toBe('it has no MAC');
    expect(received(withMac(broken, keyOf('new'))).unreadable).toMatch(/malformed/);
  });

  it('is not made by who publishes', () => {
    expect(() => withMac(signed, keyOf('new'))).toThrow(TypeError);
  });

  it('can hold later, when its key is here', () => {
    const early = received(withMac(record, keyOf('next')));
    expect(early.unreadable).toBe('its MAC is by an unknown key');
    expect(inspect(early, { issuer, macKeys: { [topics.issuance]: [keyOf('next')] } })).toEqual({});
  });
});

describe('a MAC by a key that has a writer', () => {
  const by = (writer: string): MacKey => ({ ...keyOf(writer), writer });
  const writers = ['relay', 'token', 'gateway', 'audit'].map(by) as [MacKey, ...MacKey[]];
  const all: MacKeys = Object.fromEntries(
    [topics.registry, topics.issuance, topics.activity, topics.quarantine].map((topic) => [topic, writers]),
  );
  const refused = {
    service: 'token',
    endpoint: '/token',
    reason: 'a_reason',
    error: 'invalid_client',
    status: 401,
    requestId: 'r',
  } as const;
  const activity: BusRecord = { ...record, topic: topics.activity, ...encodeEvent({ type: 'activity.refused', ...refused }) };
  const verdict = (sent: BusRecord, writer: string) => {
    const { unreadable, foreign, writer: found } = received(withMac(sent, by(writer)), { macKeys: all });
    return foreign ? unreadable : found;
  };
  const another = 'its MAC is by another service than it says';

  it('says who wrote what came from the store, and that is the relay', () => {
    expect([verdict(record, 'relay'), verdict({ ...record, topic: topics.registry }, 'relay')]).toEqual(['relay', 'relay']);
    expect([verdict(record, 'token'), verdict({ ...record, topic: topics.registry }, 'audit')]).toEqual([another, another]);
  });

  it.each([
    ['main/service/token', 'token', 'token'],
    ['main/token/token-1', 'token', 'token'],
    ['main/service/gateway', 'gateway', 'gateway'],
    ['main/gateway/one', 'gateway', 'gateway'],
    ['main/gateway/one', 'token', another],
    ['main/gateway/one', 'relay', another],
    ['main/service/token', 'gateway', another],
    ['main/token/token-1', 'gateway', another],
    ['main/gateway', 'audit', another],
    ['main', 'audit', another],
  ])('of activity from %s by %s is %s', (source, writer, expected) => {
    expect(verdict({ ...activity, source }, writer)).toBe(expected);
  });

  it('lets the token service pass on what a gateway acknowledged, and nobody else', () => {
    const acknowledged = { ...activity, source: 'main/gateway/one', type: 'gateway.acknowledged' };
    expect([verdict(acknowledged, 'token'), verdict(acknowledged, 'gateway'), verdict(acknowledged, 'audit')]).toEqual([
      'token',
      'gateway',
      another,
    ]);
  });

  it('says who set aside what stands in quarantine, whatever its source', () => {
    expect(verdict({ ...activity, topic: topics.quarantine, source: 'main/service/token' }, 'gateway')).toBe('gateway');
  });

  it('counts for nothing by a key of nobody’s beside those that have one', () => {
    const mixed: MacKeys = { [topics.issuance]: [by('relay'), keyOf('old')] };
    expect(received(withMac(record, keyOf('old')), { macKeys: mixed })).toMatchObject({ unreadable: another, foreign: true });
  });
});

describe('a record that is here in part', () => {
  it('is never read, whatever keys there are', () => {
    const whole = received(signed);
    expect(inspect(whole, { issuer, macKeys })).toEqual({});
    expect(inspect({ ...whole, cut: true }, { issuer, macKeys })).toMatchObject({ foreign: true });
  });
});

describe('a revocation', () => {
  const revocation: BusRecord = {
    ...record,
    topic: topics.revocations,
    type: 'revocation.entered',
    extensions: { sig: 'c2ln', sigkid: 'k1' },
  };

  it('carries its signature beside it, for who verifies it before anything is parsed', () => {
    const seen: BusRecord[] = [];
    const verify = (one: BusRecord) => {
      seen.push(one);
      return undefined;
    };
    expect(received({ ...revocation, data: Buffer.from('{') }, { macKeys, verify }).unreadable).toBeUndefined();
    expect(seen[0]?.extensions).toEqual({ sig: 'c2ln', sigkid: 'k1' });
  });

  it('is foreign when its signature is not good', () => {
    expect(received(revocation, { verify: () => 'forged' })).toMatchObject({ unreadable: 'forged', foreign: true });
  });
});

describe('what is none of our CloudEvents', () => {
  const raw = { key: Buffer.from('k'), value: Buffer.from('whatever'), headers: {}, timestamp: '1795429800000' };

  it('stands in quarantine by its place, with its bytes', () => {
    const one = receive(topics.issuance, raw, origin, { issuer });
    expect(one).toMatchObject({
      unreadable: 'not a CloudEvent of ours: another content type',
      foreign: true,
      record: { key: 'k', type: unreadableType, source: 'main/kafka/chancery.issuance/2/9', time: 1_795_429_800_000_000, data: raw.value },
    });
    expect(one.record.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(receive(topics.issuance, raw, origin, { issuer }).record.id).toBe(one.record.id);
  });

  it('never becomes readable', () => {
    expect(inspect(receive(topics.issuance, raw, origin, { issuer }), { issuer })).toMatchObject({ foreign: true });
  });
});
