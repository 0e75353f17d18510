import { createHash } from 'node:crypto';
import { topics } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import {
  asQuarantined,
  asQuarantinedBySender,
  decodeMark,
  encodeMark,
  forWatchers,
  fromQuarantined,
  isMark,
  type QuarantineMark,
} from './quarantine-record.js';
import type { SetAsideRecord } from './waiting-records.js';

const record: BusRecord = {
  topic: topics.activity,
  key: 'ag_1',
  id: '0198f1c2-7a11-7c3e-9c55-3b8a4a3f5e21',
  source: 'main/gateway/one',
  type: 'activity.denied',
  version: 1,
  subject: 'ag_1',
  time: 1_795_429_800_000_042,
  data: Buffer.from('{}'),
  extensions: { correlationid: 'tx_1' },
};
const received = { record, origin: { partition: 2, offset: 2n ** 53n }, mac: { mac: 'bWFj', mackid: 'k1' } };
const aside: SetAsideRecord = { group: 'audit', received, state: 'held', cause: 'held' };

describe('a record in quarantine', () => {
  it('is keyed by its source, and comes back with its key, place and MAC', () => {
    const there = asQuarantined(aside);
    expect([there.topic, there.key]).toEqual([topics.quarantine, 'main/gateway/one']);
    expect(fromQuarantined(there)).toEqual(aside);
  });

  it('says group, topic and cause to watchers, and nothing of its inner life', () => {
    expect(forWatchers(asQuarantined(aside)).extensions).toEqual({
      correlationid: 'tx_1',
      group: 'audit',
      topic: topics.activity,
      cause: 'held',
    });
  });

  it('has a bounded cause without half characters', () => {
    const { extensions } = asQuarantined({ ...aside, cause: `${'x'.repeat(511)}😀` });
    expect([extensions?.['cause']?.length, extensions?.['cause']?.isWellFormed()]).toEqual([512, true]);
  });

  it.each(['group', 'topic', 'cause', 'state', 'heldkey', 'origin'])('counts for nothing without %s', (name) => {
    const { [name]: _, ...extensions } = asQuarantined(aside).extensions ?? {};
    expect(fromQuarantined({ ...asQuarantined(aside), extensions })).toBeUndefined();
  });

  it('may come from who received it otherwise, and says whose it is and why', () => {
    const sent = { ...record, topic: topics.quarantine, extensions: { group: 'gateway', topic: topics.revocations, cause: 'forged' } };
    expect(fromQuarantined(asQuarantinedBySender(sent))).toMatchObject({
      group: 'gateway',
      state: 'failed',
      cause: 'forged',
      received: { record: { key: 'ag_1' } },
    });
    expect(() => asQuarantinedBySender({ ...record, topic: topics.quarantine })).toThrow(TypeError);
    expect(() => asQuarantinedBySender({ ...sent, extensions: { ...sent.extensions, topic: topics.quarantine } })).toThrow(TypeError);
  });
});

describe('a record that is larger than what is kept', () => {
  const large = (bytes: number, change: Partial<SetAsideRecord['received']> = {}): SetAsideRecord => ({
    ...aside,
    received: { ...received, record: { ...record, data: Buffer.alloc(bytes, 'x') }, ...change },
  });
  const digest = (bytes: number) => createHash('sha256').update(Buffer.alloc(bytes, 'x')).digest('base64url');

  it('is kept in part when it may be anybody’s, with digest and size of the whole and nothing else', () => {
    const back = fromQuarantined(asQuarantined(large(65_537, { foreign: true })));
    expect(back?.received).toEqual({
      record: { ...record, data: new Uint8Array(65_536).fill(0x78), extensions: { datadigest: digest(65_537), datasize: '65537' } },
      origin: received.origin,
      cut: true,
    });
  });

  it('is kept whole up to that, and one that is ours up to what the bus sends', () => {
    expect(asQuarantined(large(65_536, { foreign: true })).data.byteLength).toBe(65_536);
    expect(asQuarantined(large(1_048_576)).data.byteLength).toBe(1_048_576);
    expect(asQuarantined(large(1_048_577)).data.byteLength).toBe(65_536);
  });

  it.each<[string, Partial<SetAsideRecord['received']>]>([
    ['extensions', { record: { ...record, extensions: { pad: 'y'.repeat(8_200) } } }],
    ['a MAC', { mac: { mac: 'y'.repeat(129), mackid: 'k' } }],
  ])('loses %s that nothing of ours has', (_, change) => {
    const there = asQuarantined(large(1, change)).extensions ?? {};
    expect(JSON.stringify(there)).not.toContain('yyy');
    expect([typeof there['datadigest'], there['originmac']]).toEqual(['string', undefined]);
  });
});

describe('what only the bus says', () => {
  it('is not taken over from who sent the record', () => {
    const extensions = { mac: 'a', mackid: 'b', originmac: 'c', originmackid: 'd', state: 'apart', heldkey: 'e', origin: 'f', other: 'g' };
    const there = asQuarantined({ ...aside, received: { record: { ...record, extensions }, origin: received.origin } });
    expect(there.extensions).toEqual({
      other: 'g',
      group: 'audit',
      topic: topics.activity,
      cause: 'held',
      state: 'held',
      heldkey: 'ag_1',
      origin: `2/${2n ** 53n}`,
    });
  });

  it('is a mark, which a record of that type in quarantine is not', () => {
    const there = asQuarantined({ ...aside, received: { ...received, record: { ...record, type: 'quarantine.dropped' } } });
    expect([isMark(there), isMark(encodeMark({ type: 'quarantine.dropped', entry: 1n }, 'audit'))]).toEqual([false, true]);
  });
});

describe('a mark', () => {
  it.each<QuarantineMark>([
    { type: 'quarantine.handled', entry: 2n ** 60n },
    { type: 'quarantine.dropped', entry: 0n },
    { type: 'quarantine.failed', entry: 5n, cause: 'Error: no' },
    { type: 'quarantine.released', group: 'audit', key: 'ag_1' },
  ])('$type comes back', (mark) => {
    expect(decodeMark(encodeMark(mark, 'audit'))).toEqual(mark);
  });

  it.each([
    ['quarantine.handled', '{'],
    ['quarantine.handled', '{}'],
    ['quarantine.handled', 'null'],
    ['quarantine.dropped', '{"entry":7}'],
    ['quarantine.dropped', '{"entry":"-7"}'],
    ['quarantine.failed', '{"entry":"7"}'],
    ['quarantine.released', '{"group":"audit"}'],
    ['quarantine.burnt', '{"entry":"7"}'],
  ])('%s of %s is none', (type, data) => {
    expect(decodeMark({ ...record, type, data: Buffer.from(data) })).toBeUndefined();
  });
});
