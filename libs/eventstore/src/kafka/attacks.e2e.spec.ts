import { randomUUID } from 'node:crypto';
import { topics } from '@chancery/events';
import { startKafka, waitFor } from '@chancery/testing';
import type { Message } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { type MacKey, type MacKeys, withMac } from './mac.js';
import { encodeMark, type QuarantineMark } from './quarantine-record.js';
import { asMessage, fromKafka, keyOf, revoked } from './spec-kit/from-kafka.js';

const kafka = await startKafka();
/** Padded so that its headers have so many bytes: the most that a reader reads. */
function withHeadersOf(bytes: number, record: BusRecord): Message {
  const padded = (pad: string) => asMessage({ ...record, extensions: { pad } });
  const short = Object.entries(padded('').headers ?? {}).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
  return padded('y'.repeat(bytes - short));
}
const by = (writer: string): MacKey => ({ ...keyOf(writer), writer });

describe.skipIf(kafka.missing)(`what is written to stop or deceive a reader${kafka.note}`, () => {
  const { open, follow, plant, ...life } = fromKafka(kafka);

  beforeAll(life.start);
  afterEach(life.closeBuses);
  afterAll(life.stop);

  describe('a record that nobody here made', () => {
    it.each<[string, Message]>([
      ['is nearly as large as the topic takes', { ...asMessage(revoked('gr_big')), value: Buffer.alloc(1_309_000, 0x20) }],
      ['has headers near the most that are read', withHeadersOf(65_536, revoked('gr_headers'))],
      ['is from a source without end', asMessage({ ...revoked('gr_source'), source: `main/grant/${'a'.repeat(40_000)}` })],
      ['is nothing but large', { key: 'gr_raw', value: Buffer.alloc(1_309_000, 0x20) }],
    ])('is quarantined and dropped though it %s', async (_, message) => {
      const bus = open();
      const { group, subscription, handled } = await follow(bus, topics.issuance);
      await subscription.caughtUp();
      handled.length = 0;
      await plant(topics.issuance, message);
      await subscription.caughtUp();
      const key = String(message.key);
      const mine = async () => (await bus.quarantined(group)).filter(({ record }) => record.key === key);
      const [waiting] = await mine();
      expect(waiting?.record.data.byteLength).toBeLessThanOrEqual(65_536);
      await bus.retry(group, key);
      expect(await mine()).toHaveLength(1);
      const real = { ...revoked('gr_real'), key };
      await bus.publish([real]);
      await bus.drop(waiting?.id ?? -1n);
      await waitFor(() => handled.length > 0);
      expect([handled.map(({ id }) => id), await mine()]).toEqual([[real.id], []]);
    });

    it('decides nothing in quarantine by calling itself a decision', async () => {
      const bus = open();
      const { group, subscription } = await follow(bus, topics.activity, { handle: () => Promise.reject(new Error('no')) });
      const activity = { ...revoked('ag_3'), key: 'ag_3', topic: topics.activity };
      await bus.publish([activity]);
      await subscription.caughtUp();
      const mine = async () => (await bus.quarantined(group)).map(({ record }) => record).filter(({ key }) => /^ag_[34]$/.test(key));
      const [waiting] = (await bus.quarantined(group)).filter(({ record }) => record.key === 'ag_3');
      const data = Buffer.from(`{"entry":"${waiting?.id}"}`);
      const forged = { ...activity, id: randomUUID(), key: 'ag_4', type: 'quarantine.dropped', data };
      await plant(topics.activity, asMessage(forged));
      await subscription.caughtUp();
      expect((await mine()).map(({ id }) => id).toSorted()).toEqual([activity.id, forged.id].toSorted());
    });
  });

  describe('the quarantine of several services', () => {
    const keysOf = (...writers: [string, ...string[]]): MacKeys => {
      const keys = writers.map(by) as [MacKey, ...MacKey[]];
      return { [topics.issuance]: [by('relay')], [topics.activity]: keys, [topics.quarantine]: keys };
    };
    const audit = () => open({ clientId: 'audit', macKeys: keysOf('audit', 'gateway') });
    const gateway = () => open({ clientId: 'gateway', macKeys: keysOf('gateway') });
    const activityOf = (key: string, source = 'main/gateway/one'): BusRecord => ({ ...revoked(key), key, source, topic: topics.activity });

    it('lists what another service set aside there, and holds nothing back for it', async () => {
      const bus = audit();
      const { group, subscription, handled } = await follow(bus, topics.activity);
      const record = activityOf('ag_5');
      const extensions = { group, topic: topics.activity, cause: 'held back by a gateway' };
      await gateway().publish([{ ...record, topic: topics.quarantine, extensions }]);
      expect((await bus.quarantined(group)).map(({ record: { id } }) => id)).toContain(record.id);
      await bus.publish([activityOf('ag_6', 'main/service/audit')]);
      await gateway().publish([record]);
      await subscription.caughtUp();
      expect(handled.map(({ id }) => id)).toContain(record.id);
      expect((await bus.quarantined(group)).filter(({ record: { key } }) => key === 'ag_5').map(({ cause }) => cause)).toEqual([
        'held back by a gateway',
      ]);
    });

    it('ends nothing by the word of another service', async () => {
      const bus = audit();
      const { group, subscription, handled } = await follow(bus, topics.activity, { handle: () => Promise.reject(new Error('no')) });
      const record = activityOf('ag_7');
      await gateway().publish([record]);
      await subscription.caughtUp();
      const mine = async () => (await bus.quarantined(group)).filter((one) => one.record.id === record.id);
      const [waiting] = await mine();
      const marks: QuarantineMark[] = [
        { type: 'quarantine.dropped', entry: waiting?.id ?? -1n },
        { type: 'quarantine.handled', entry: waiting?.id ?? -1n },
        { type: 'quarantine.failed', entry: waiting?.id ?? -1n, cause: 'another' },
      ];
      await plant(topics.quarantine, ...marks.map((mark) => asMessage(withMac(encodeMark(mark, 'audit'), by('gateway')))));
      expect([handled, (await mine()).map(({ cause }) => cause)]).toEqual([[], ['Error: no']]);
      await bus.drop(waiting?.id ?? -1n);
      expect(await mine()).toEqual([]);
    });

    it('receives what a service says in another’s name, which no handler has', async () => {
      const { group, subscription, handled, alarms } = await follow(audit(), topics.activity);
      const forged = activityOf('ag_8', 'main/service/audit');
      await gateway().publish([forged]);
      await subscription.caughtUp();
      expect(handled.filter(({ key }) => key === 'ag_8')).toEqual([]);
      expect(alarms.filter(({ key }) => key === 'ag_8').map(({ id, cause }) => [id, cause])).toEqual([
        [forged.id, 'its MAC is by another service than it says'],
      ]);
      expect((await audit().quarantined(group)).map(({ record }) => record.id)).toContain(forged.id);
    });

    it('stops no group by what others set aside, however much of its own it holds back', { timeout: 60_000 }, async () => {
      const bus = audit();
      const aside = (name: string, count: number, extensions: Record<string, string>) =>
        Array.from({ length: count }, (_, n): BusRecord => ({ ...activityOf(`${name}${n}`), topic: topics.quarantine, extensions }));
      const { group, subscription } = await follow(bus, topics.activity, { handle: () => Promise.reject(new Error('no')) });
      await subscription.caughtUp();
      await bus.publish(aside('own', 9_500, { group: 'another', topic: topics.activity, cause: 'no' }));
      await gateway().publish(aside('theirs', 1_000, { group, topic: topics.activity, cause: 'no' }));
      const record = activityOf('ag_9');
      await gateway().publish([record]);
      await subscription.caughtUp();
      expect((await bus.quarantined(group)).map(({ record: { id } }) => id)).toContain(record.id);
    });
  });
});
