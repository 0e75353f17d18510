import { randomUUID } from 'node:crypto';
import { topics } from '@chancery/events';
import { startKafka, waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { withMac } from './mac.js';
import { asMessage, fromKafka, keyOf, revoked } from './spec-kit/from-kafka.js';

const kafka = await startKafka();
/** What the fan-out publishes; `good` stands for a signature. */
const entry = (grant: string, sig = 'good'): BusRecord => ({
  ...revoked(grant),
  topic: topics.revocations,
  key: `grant/${grant}`,
  type: 'revocation.entered',
  data: Buffer.from('{}'),
  extensions: { sig, sigkid: 'k1' },
});
const causesByKey = (all: readonly { key: string; cause: string }[]) => Object.fromEntries(all.map(({ key, cause }) => [key, cause]));
const verify = ({ extensions }: BusRecord) => (extensions?.['sig'] === 'good' ? undefined : 'forged');

describe.skipIf(kafka.missing)(`what arrives from Kafka${kafka.note}`, () => {
  const { open, follow, plant, ...life } = fromKafka(kafka, { verify });

  beforeAll(life.start);
  afterEach(life.closeBuses);
  afterAll(life.stop);

  describe('a record that nobody here made', () => {
    it('is quarantined with its cause, alarmed and never handled, and the records of other keys go on', async () => {
      const bus = open();
      const { group, subscription, handled, alarms } = await follow(bus, topics.issuance);
      const honest = revoked('gr_honest');
      await bus.publish([honest]);
      const wrongKey = withMac(revoked('gr_2'), { ...keyOf('activity'), kid: 'issuance' });
      await plant(topics.issuance, asMessage(revoked('gr_1')), asMessage(wrongKey), {
        key: 'gr_3',
        value: '{',
        headers: { 'content-type': 'application/cloudevents+json' },
      });
      await subscription.caughtUp();
      expect(handled.map(({ id }) => id)).toEqual([honest.id]);
      const waiting = await bus.quarantined(group);
      expect(causesByKey(waiting.map(({ record, cause }) => ({ key: record.key, cause })))).toEqual({
        gr_3: 'not a CloudEvent of ours: structured or batched mode',
        'main/grant/gr_1': 'it has no MAC',
        'main/grant/gr_2': 'its MAC is wrong',
      });
      expect([waiting.length, alarms.length]).toEqual([3, 3]);
      expect(causesByKey(alarms)).toEqual(causesByKey(waiting.map(({ record, cause }) => ({ key: record.key, cause }))));
    });

    it('is not handled on retry either, and lets its key go on when it is dropped', async () => {
      const bus = open();
      const { group, subscription, handled } = await follow(bus, topics.registry);
      const real = { ...revoked('gr_1'), topic: topics.registry };
      await plant(topics.registry, asMessage({ ...real, id: randomUUID() }));
      await bus.publish([real]);
      await subscription.caughtUp();
      await bus.retry(group, real.key);
      expect([handled, (await bus.quarantined(group)).map(({ cause }) => cause)]).toEqual([[], ['it has no MAC', 'held']]);
      const [forged] = await bus.quarantined(group);
      await bus.drop(forged?.id ?? -1n);
      await waitFor(() => handled.length > 0);
      expect(handled.map(({ id }) => id)).toEqual([real.id]);
    });

    it('in the quarantine settles nothing', async () => {
      const bus = open();
      const { group, subscription } = await follow(bus, topics.activity, { handle: () => Promise.reject(new Error('no')) });
      const activity = { ...revoked('ag_1'), topic: topics.activity };
      await bus.publish([activity]);
      await subscription.caughtUp();
      const [waiting] = await bus.quarantined(group);
      const mark = { ...activity, topic: topics.quarantine, type: 'quarantine.dropped', data: Buffer.from(`{"entry":"${waiting?.id}"}`) };
      await plant(topics.quarantine, asMessage(mark));
      expect((await bus.quarantined(group)).map(({ record }) => record.id)).toEqual([activity.id]);
      expect((await open().quarantined(group)).map(({ record }) => record.id)).toEqual([activity.id]);
    });

    it('cannot be published through the bus', async () => {
      const bus = open();
      const activity = { ...revoked('ag_1'), topic: topics.activity };
      const wrong: Partial<BusRecord>[] = [
        { id: 'x' },
        { key: '\ud800' },
        { source: 'main/\udfff' },
        { type: 'Not A Type' },
        { extensions: { 'not-a-name': 'x' } },
        { extensions: { mac: 'made up' } },
        { topic: topics.quarantine, type: 'quarantine.dropped', extensions: { group: 'g', topic: topics.activity, cause: 'c' } },
        { topic: topics.quarantine },
      ];
      for (const change of wrong) await expect(bus.publish([{ ...activity, ...change }])).rejects.toThrow(TypeError);
    });

    it('is what every record would be to a process without the topic’s key, so it may neither send nor follow', async () => {
      const bus = open({ macKeys: { [topics.activity]: [keyOf('activity')] } });
      await expect(bus.publish([revoked('gr_1')])).rejects.toThrow('no MAC key for chancery.issuance');
      await expect(follow(bus, topics.issuance)).rejects.toThrow('no MAC key for chancery.issuance');
    });
  });

  describe('revocations over Kafka', () => {
    it('reach every process whole at every start, and then as they come', async () => {
      const bus = open();
      const [first, second] = [entry('gr_a'), entry('gr_b')];
      await bus.publish([first, second]);
      const [one, other] = [
        await follow(bus, topics.revocations, { group: 'gateway' }),
        await follow(open(), topics.revocations, { group: 'gateway' }),
      ];
      await Promise.all([one.subscription.caughtUp(), other.subscription.caughtUp()]);
      await one.subscription.stop();
      const again = await follow(bus, topics.revocations, { group: 'gateway' });
      await again.subscription.caughtUp();
      const late = entry('gr_c');
      await bus.publish([late]);
      for (const { handled } of [other, again]) await waitFor(() => handled.some(({ id }) => id === late.id));
      for (const { handled } of [one, other, again]) expect(handled.slice(0, 2).map(({ id }) => id)).toEqual([first.id, second.id]);
      expect(other.handled[0]?.extensions).toEqual({ sig: 'good', sigkid: 'k1' });
    });

    it('are neither forged nor held back by a forged record of their key', async () => {
      const bus = open();
      const { subscription, handled, alarms } = await follow(bus, topics.revocations);
      await subscription.caughtUp();
      handled.length = 0;
      await plant(topics.revocations, asMessage(entry('gr_d', 'forged')), { key: 'grant/gr_d', value: 'x' });
      const real = entry('gr_d');
      await bus.publish([real]);
      await subscription.caughtUp();
      expect(handled.map(({ id }) => id)).toEqual([real.id]);
      expect(alarms.map(({ key, cause }) => [key, cause])).toEqual([
        ['grant/gr_d', 'forged'],
        ['grant/gr_d', 'not a CloudEvent of ours: another content type'],
      ]);
    });

    it('that are forged are shown to people though they say that they have a MAC', async () => {
      const bus = open();
      const { group, subscription } = await follow(bus, topics.revocations);
      await subscription.caughtUp();
      const planted = ['gr_h', 'gr_i'].map((grant) => entry(grant, 'forged'));
      const [first, second] = planted as [BusRecord, BusRecord];
      await plant(
        topics.revocations,
        asMessage({ ...first, extensions: { ...first.extensions, mac: 'x', mackid: 'y' } }),
        asMessage(second),
      );
      await subscription.caughtUp();
      // Another process has nothing in memory of what this one set aside: it sees the topic.
      const another = open();
      const shown = async () => (await another.quarantined(group)).map(({ record }) => record.id);
      await waitFor(async () => (await shown()).length >= planted.length);
      expect(await shown()).toEqual(expect.arrayContaining(planted.map(({ id }) => id)));
    });

    it('are not undone by a tombstone, which is alarmed', async () => {
      const bus = open();
      const { subscription, handled, alarms } = await follow(bus, topics.revocations);
      await subscription.caughtUp();
      handled.length = 0;
      alarms.length = 0;
      await plant(topics.revocations, { key: 'grant/gr_a', value: null });
      await subscription.caughtUp();
      expect(handled).toEqual([]);
      expect(alarms.map(({ key, cause }) => [key, cause])).toEqual([['grant/gr_a', 'tombstone']]);
    });

    it('that a handler failed on wait in memory, in order, for a retry here', async () => {
      const bus = open();
      let broken = true;
      const handled: string[] = [];
      const { group, subscription } = await follow(bus, topics.revocations, {
        handle: (records) => {
          if (broken && records.some(({ key }) => key === 'grant/gr_e')) return Promise.reject(new Error('no'));
          handled.push(...records.filter(({ key }) => /gr_[ef]$/.test(key)).map(({ id }) => id));
          return Promise.resolve();
        },
      });
      await subscription.caughtUp();
      const [first, second, other] = [entry('gr_e'), entry('gr_e'), entry('gr_f')];
      await bus.publish([first, second, other]);
      await subscription.caughtUp();
      expect(handled).toEqual([other.id]);
      broken = false;
      await bus.retry(group, 'grant/gr_e');
      expect(handled).toEqual([other.id, first.id, second.id]);
    });
  });

  describe('the quarantine as a topic', () => {
    it('shows watchers what was set aside, keyed by source, with group, topic and cause, and no marks', async () => {
      const bus = open();
      const broken = await follow(bus, topics.activity, { handle: () => Promise.reject(new Error('no')) });
      const activity = { ...revoked('ag_2'), key: 'ag_2', topic: topics.activity };
      await bus.publish([activity]);
      await broken.subscription.caughtUp();
      await bus.retry(broken.group, 'ag_2');
      const { subscription, handled } = await follow(bus, topics.quarantine);
      await subscription.caughtUp();
      const mine = handled.filter(({ id }) => id === activity.id);
      expect(mine.map(({ topic, key, extensions }) => ({ topic, key, extensions }))).toEqual([
        { topic: topics.quarantine, key: activity.source, extensions: { group: broken.group, topic: topics.activity, cause: 'Error: no' } },
      ]);
      expect(handled.filter(({ type }) => type.startsWith('quarantine.'))).toEqual([]);
    });

    it('does not go round for ever when two watchers of it fail', async () => {
      const bus = open();
      const extensions = { group: 'gateway', topic: topics.revocations, cause: 'forged' };
      const record: BusRecord = { ...entry('gr_g'), topic: topics.quarantine, extensions };
      await bus.publish([record]);
      const failing = { handle: () => Promise.reject(new Error('no')) };
      const watchers = [await follow(bus, topics.quarantine, failing), await follow(open(), topics.quarantine, failing)];
      for (let round = 0; round < 3; round += 1) await Promise.all(watchers.map(({ subscription }) => subscription.caughtUp()));
      for (const { group, alarms } of watchers) {
        expect(alarms.filter(({ id }) => id === record.id)).toHaveLength(1);
        const mine = (await bus.quarantined(group)).filter((one) => one.record.id === record.id);
        expect(mine).toHaveLength(1);
      }
    });
  });
});
