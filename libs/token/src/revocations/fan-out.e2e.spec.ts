import { generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  type Bus,
  type BusRecord,
  databaseRole,
  migrate,
  openEventStore,
  type PostgresEventStore,
  RevocationSet,
  type RevocationEntry,
} from '@chancery/eventstore';
import { createTopics, type KafkaConnection, loadTopology, openKafkaBus } from '@chancery/eventstore/kafka';
import { streamName, topics } from '@chancery/events';
import { openRecord, type SignedBeat, type SignedEntry } from '@chancery/oauth';
import type { Keys } from '@chancery/platform';
import { freshDatabase, startKafka, waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFanOut } from './fan-out.js';

const kafka = await startKafka({ own: true });
const issuer = 'https://id.example';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const keys = { active: () => ({ kid: 'k1', alg: 'Ed25519', privateKey }) } as unknown as Keys;

describe.skipIf(kafka.missing)(`the fan-out of several token replicas${kafka.note}`, () => {
  const closing: (() => Promise<unknown>)[] = [];
  let database: string;
  let connection: KafkaConnection;
  let store: PostgresEventStore;
  let heard: ({ entry: SignedEntry } | { beat: SignedBeat })[];

  const as = (role: 'registration' | 'relay') => Object.assign(new URL(database), { username: databaseRole(role) }).href;
  const openBus = (clientId: string, giveUpAfter = 10_000): Bus => {
    const bus = openKafkaBus({ ...connection, clientId, issuer, giveUpAfter });
    closing.push(() => bus.close());
    return bus;
  };

  beforeEach(async () => {
    database = await freshDatabase();
    await migrate({ url: database });
    store = await openEventStore({ url: as('registration'), role: 'registration', lanes: 1, readers: 2 });
    closing.push(() => store.close());
    connection = { brokers: kafka.brokers, clientId: 'spec', prefix: `${randomUUID()}.` };
    await createTopics(connection, loadTopology('development'));
    heard = [];
    // A follower begins at the beginning again after the broker was away.
    const seen = new Set<string>();
    await openBus('gateway').subscribe({
      group: 'g',
      topics: [topics.revocations],
      handle: (records) => {
        for (const record of records) {
          if (!seen.has(record.id)) heard.push(opened(record));
          seen.add(record.id);
        }
        return Promise.resolve();
      },
    });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(() => kafka.stop());

  const opened = ({ type, data, extensions }: BusRecord) => {
    const record = { type, data: Buffer.from(data).toString(), sig: extensions?.['sig'], sigkid: extensions?.['sigkid'] };
    const read = openRecord(record, () => publicKey);
    if ('refused' in read) throw new Error(`a record was refused: ${read.refused}`);
    return read;
  };
  const replica = () => {
    const url = as('relay');
    const fanOut = openFanOut({
      url,
      keys,
      bus: openBus('token'),
      revocations: openBus('relay', Infinity),
      lead: { url, markEvery: 100 },
      now: () => store.now(),
      onRecorded: (listener) => store.onRecorded(listener),
      beatEvery: 200,
    });
    closing.push(() => fanOut.lane.stop());
    return fanOut;
  };
  const suspend = async (agentId = randomUUID()): Promise<string> => {
    const event = { type: 'agent.suspended', agentId, reason: 'a spec', by: 'system' } as const;
    const outcome = await store.append({ streams: [{ stream: streamName('agent', agentId), expected: 0, events: [event] }] });
    expect(outcome.outcome).toBe('recorded');
    return agentId;
  };
  const idsHeard = () => heard.flatMap((one) => ('entry' in one ? [one.entry.id] : []));
  const beatsHeard = () => heard.flatMap((one) => ('beat' in one ? [one.beat] : []));
  /** Whoever beat: a gateway that took all that came before holds just what the beat says, and no beat looks like a replay. */
  function expectHonestBeats(): void {
    const set = new RevocationSet();
    const recounted = heard.map((one) => {
      if ('beat' in one) return { ...one, beat: { ...one.beat, ...set.beat(one.beat.through) } };
      set.apply(one.entry as unknown as RevocationEntry);
      return one;
    });
    expect(recounted).toEqual(heard);
    const counters = beatsHeard().map(({ counter }) => counter);
    expect(counters).toEqual([...new Set(counters)].toSorted((a, b) => a - b));
  }

  it('is published once for all of them, and served by each', { timeout: 60_000 }, async () => {
    const replicas = [replica(), replica()];
    await waitFor(() => replicas.some(({ lane }) => lane.leading()));
    const ids = await Promise.all(Array.from({ length: 20 }, () => suspend()));
    await waitFor(() => ids.every((id) => idsHeard().includes(id)) && beatsHeard().length > 3);
    expect(idsHeard()).toHaveLength(ids.length);
    for (const { lane, publisher } of replicas) {
      const served = lane.page().entries.map((entry) => publisher.signed(entry));
      expect(served).toHaveLength(ids.length);
    }
    expect(replicas.filter(({ lane }) => lane.leading())).toHaveLength(1);
    expectHonestBeats();
  });

  it('loses no entry, and beats ahead of none, while replicas come and go and the broker is killed', { timeout: 120_000 }, async () => {
    const ids: string[] = [];
    const over = new AbortController();
    let current = replica();
    const suspending = (async () => {
      while (!over.signal.aborted) {
        const id = await suspend();
        ids.push(id);
        await waitFor(() => over.signal.aborted || current.lane.set.get('agent', id));
      }
    })();
    closing.push(() => (over.abort(), suspending));
    for (let round = 0; round < 3; round += 1) {
      await waitFor(() => current.lane.leading(), { timeout: 20_000 });
      const beats = beatsHeard().length;
      await waitFor(() => beatsHeard().length > beats + 1, { timeout: 30_000 });
      if (round === 1) {
        await kafka.kill();
        const before = ids.length;
        await waitFor(() => ids.length > before + 20);
      }
      const next = replica();
      await waitFor(() => next.lane.status().loaded);
      const before = current;
      current = next;
      await before.lane.stop();
      expect(before.lane.leading()).toBe(false);
      if (round === 1) await kafka.restart();
    }
    over.abort();
    await suspending;
    const missing = () => {
      const there = new Set(idsHeard());
      return ids.filter((id) => !there.has(id));
    };
    await waitFor(() => missing().length === 0, { timeout: 30_000 });
    const beats = beatsHeard().length;
    await waitFor(() => beatsHeard().length > beats + 1);
    expectHonestBeats();
  });

  it('passes acknowledgements on under the service’s own name, never under the relay’s', { timeout: 60_000 }, async () => {
    const published: string[] = [];
    const spy = (name: string) => ({
      publish: async (records: readonly BusRecord[]) => void published.push(...records.map(({ topic }) => `${name} ${topic}`)),
    });
    const url = as('relay');
    const fanOut = openFanOut({ url, keys, bus: spy('token'), revocations: spy('relay'), lead: { url }, now: () => store.now() });
    closing.push(() => fanOut.lane.stop());
    fanOut.acknowledge({ gateway: 'gw-1', run: 'rn-1', applied: 1_790_000_000_000_000, entries: 0, positions: [], budget: 5 });
    await suspend();
    await waitFor(() => published.length >= 3);
    expect([...new Set(published)].toSorted()).toEqual(['relay chancery.revocations', 'token chancery.activity']);
  });
});
