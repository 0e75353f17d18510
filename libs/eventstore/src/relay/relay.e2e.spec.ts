import { randomUUID } from 'node:crypto';
import { topicOf, topics } from '@chancery/events';
import { freshDatabase, seededRandom, startKafka, startTcpProxy, waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { newGrantId, tokenIssued } from '../contract-suite/sample-events.js';
import type { Cursor } from '../contract.js';
import { createTopics, type KafkaConnection, loadTopology, openKafkaBus } from '../kafka/index.js';
import { recordsOn } from '../kafka/spec-kit/contents-of.js';
import { databaseRole } from '../migrations/sql/roles.js';
import { readCheckpoint } from '../projection/checkpoint.js';
import { beginning } from '../reader/cursor.js';
import { newestCursor, readOrdered } from '../reader/read-ordered.js';
import { type SpecStore, specStore } from '../reader/spec-store.js';
import type { ReaderStopped } from '../reader/stored-event.js';
import { openRelay, type Relay, type RelayOptions } from './open-relay.js';

const kafka = await startKafka({ own: true });
const issuer = 'https://id.example';
const agents = Array.from({ length: 8 }, (_, n) => `a${n}`);

describe.skipIf(kafka.missing)(`the relay${kafka.note}`, () => {
  const closing: (() => Promise<unknown>)[] = [];
  let store: SpecStore;
  let connection: KafkaConnection;

  beforeEach(async () => {
    store = await specStore(await freshDatabase());
    connection = { brokers: kafka.brokers, clientId: 'relay', prefix: `${randomUUID()}.` };
    await createTopics(connection, loadTopology('development'));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await store.close();
  });
  afterAll(() => kafka.stop());

  const relayUrl = (): URL => {
    const url = new URL(store.url);
    url.username = databaseRole('relay');
    return url;
  };
  const open = ({ reach, ...change }: Partial<RelayOptions> & Pick<KafkaConnection, 'reach'> = {}) => {
    const stops: ReaderStopped[] = [];
    const troubles: unknown[] = [];
    const onTrouble = (error: unknown) => void troubles.push(error);
    const bus = openKafkaBus({ ...connection, ...(reach && { reach }), issuer, giveUpAfter: Infinity, onTrouble });
    const onStopped = (error: ReaderStopped) => void stops.push(error);
    const relay: Relay = openRelay({ url: relayUrl().href, bus, pollEvery: 20, pageSize: 50, onTrouble, onStopped, ...change });
    closing.push(
      () => bus.close(),
      () => relay.stop(),
    );
    return { relay, bus, stops, troubles };
  };

  /** Records a few events of every agent, again and again. */
  const appending = (perRound = 3) => {
    let revision = 0;
    const over = new AbortController();
    const running = (async () => {
      for (; !over.signal.aborted; revision += perRound) for (const agent of agents) await store.resume(agent, revision, perRound);
    })();
    const enough = () => (over.abort(), running);
    closing.push(enough);
    return { rounds: () => revision / perRound, enough };
  };
  const checkpoint = () => readCheckpoint(store.client, 'relay');
  const passedAll = async () => {
    const [at, newest] = await Promise.all([checkpoint(), newestCursor(store.client)]);
    return at.tx === newest.tx && at.position === newest.position;
  };
  const onTopics = async () =>
    (await Promise.all([topics.registry, topics.issuance].map((topic) => recordsOn(connection, topic, issuer)))).flat();
  /** What a consumer that drops doubles makes of the topics, by stream. */
  const streamsOf = (records: readonly BusRecord[]) => {
    const once = [...new Map(records.toReversed().map((record) => [record.id, record])).values()].toReversed();
    return Object.fromEntries(
      [...new Set(once.map(({ source }) => source))].map((source) => [
        source,
        once.filter((one) => one.source === source).map(({ sequence }) => sequence),
      ]),
    );
  };
  const recorded = async () => {
    const { events } = await readOrdered(store.client, beginning, { limit: 1_000_000 });
    return events;
  };
  const streamsRecorded = async () =>
    Object.fromEntries(
      Object.entries(Object.groupBy(await recorded(), ({ stream }) => stream)).map(([stream, events = []]) => [
        stream,
        events.map(({ revision }) => revision),
      ]),
    );

  it('publishes each event once, on its category’s topic, its exact bytes under its stream’s key', { timeout: 60_000 }, async () => {
    await store.resume('a1', 0, 120);
    const grantId = newGrantId();
    await store.record(`main/grant/${grantId}`, 0, [tokenIssued(grantId, 'a1')], 'token');
    const { relay } = open();
    await waitFor(passedAll);
    await store.resume('a1', 120, 2);
    await waitFor(passedAll);
    const on = await onTopics();
    const events = await recorded();
    expect(on.map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    for (const { id, stream, revision, position, at, type, version, data } of events) {
      const category = stream.includes('/grant/') ? 'grant' : 'agent';
      const subject = category === 'grant' ? grantId : 'a1';
      const about = {
        topic: topicOf[category],
        key: stream,
        source: stream,
        subject,
        type,
        version,
        time: at,
        sequence: revision,
        position,
      };
      expect(on.find((record) => record.id === id)).toEqual({ id, ...about, data });
    }
    expect(await relay.status()).toEqual({ leading: true, behind: 0 });
  });

  it('is led by one, and loses nothing and keeps each stream’s order while the lead changes hands', { timeout: 120_000 }, async () => {
    const relays = [open(), open()];
    const generation = async () => {
      const { rows } = await store.client.query<{ generation: string }>(`select generation from es.leader where name = 'relay'`);
      return Number(rows[0]?.generation);
    };
    const writing = appending();
    for (let term = 1; term <= 6; term += 1) {
      await waitFor(async () => (await generation()) >= term && relays.filter(({ relay }) => relay.leading()).length === 1);
      const [before, rounds] = [await checkpoint(), writing.rounds()];
      await waitFor(async () => writing.rounds() > rounds + 3 && (await checkpoint()).position > before.position);
      expect(await store.endSessions('chancery leader relay')).toBeGreaterThan(0);
      // Statements of the term in hand are cut, too.
      await store.endSessions('chancery relay');
    }
    await writing.enough();
    await waitFor(passedAll, { timeout: 30_000 });
    expect(streamsOf(await onTopics())).toEqual(await streamsRecorded());
    expect(await generation()).toBeGreaterThanOrEqual(7);
  });

  it('steps down when another one has led meanwhile, and moves no checkpoint before that', { timeout: 60_000 }, async () => {
    const { relay, troubles } = open();
    await store.resume('a0', 0, 5);
    await waitFor(passedAll);
    const before = await checkpoint();
    await store.client.query(`update es.leader set generation = 99 where name = 'relay'`);
    await store.resume('a0', 5, 5);
    await waitFor(() => troubles.some((trouble) => String(trouble).includes('lost the lead')));
    expect([await checkpoint(), (await onTopics()).length]).toEqual([before, 10]);
    await waitFor(() => relay.leading());
    await waitFor(passedAll);
    expect(streamsOf(await onTopics())).toEqual(await streamsRecorded());
  });

  it(
    'loses nothing, doubles nothing and keeps each stream’s order while answers to what was written are dropped',
    { timeout: 120_000 },
    async () => {
      const [host = '', port] = kafka.brokers[0]?.split(':') ?? [];
      const proxy = await startTcpProxy({ host, port: Number(port) });
      closing.push(() => proxy.close());
      open({ reach: () => ({ host: '127.0.0.1', port: proxy.port }) });
      const writing = appending();
      const random = seededRandom();
      // A Produce answer names the topic, and no broker's address as an answer about the cluster does.
      const topic = `${connection.prefix}${topics.registry}`;
      const written = (bytes: Buffer) => bytes.includes(topic) && !bytes.includes('127.0.0.1') && random.next() < 0.3;
      for (let dropped = 0; dropped < 15; dropped += 1) await proxy.loseAnswer(written);
      await writing.enough();
      await waitFor(passedAll, { timeout: 30_000 });
      const on = await onTopics();
      expect(streamsOf(on)).toEqual(await streamsRecorded());
      expect(on).toHaveLength((await recorded()).length);
    },
  );

  it(
    'leaves its checkpoint where it is while the broker is away, and publishes the backlog in order when it is back',
    { timeout: 120_000 },
    async () => {
      const { relay, troubles } = open();
      await store.resume('a0', 0, 10);
      await waitFor(async () => (await onTopics()).length === 10 && (await passedAll()));
      const before = await checkpoint();
      troubles.length = 0;
      await kafka.kill();
      for (const agent of agents) await store.resume(agent, agent === 'a0' ? 10 : 0, 40);
      await waitFor(() => troubles.length > 0);
      expect(await checkpoint()).toEqual(before);
      await waitFor(async () => (await relay.status()).behind > 0.1);
      await kafka.restart();
      await waitFor(passedAll, { timeout: 30_000 });
      expect(streamsOf(await onTopics())).toEqual(await streamsRecorded());
      expect(await relay.status()).toEqual({ leading: true, behind: 0 });
    },
  );

  it(
    'publishes nothing more once it was stopped while the broker was away, and its successor goes on from the same place',
    { timeout: 120_000 },
    async () => {
      const { relay, bus, troubles } = open();
      await store.resume('a0', 0, 10);
      await waitFor(passedAll);
      const before = await checkpoint();
      troubles.length = 0;
      await kafka.kill();
      await store.resume('a0', 10, 10);
      await waitFor(() => troubles.length > 0);
      const began = performance.now();
      await relay.stop();
      expect(performance.now() - began).toBeLessThan(8_000);
      expect([relay.leading(), await checkpoint()]).toEqual([false, before]);
      await kafka.restart();
      // Had it left anything behind, that would come before this, which travels the same way.
      const marker = { ...(await recordsOn(connection, topics.registry, issuer))[0], id: randomUUID() } as BusRecord;
      await bus.publish([marker]);
      expect(await onTopics()).toHaveLength(11);
      open();
      await waitFor(passedAll);
      expect(await onTopics()).toHaveLength(21);
    },
  );

  it('gives up a page that waits for the broker as soon as it has lost the lead', { timeout: 120_000 }, async () => {
    const { troubles, relay } = open();
    await store.resume('a0', 0, 1);
    await waitFor(passedAll);
    const before = await checkpoint();
    await kafka.kill();
    await store.resume('a0', 1, 5);
    await waitFor(() => troubles.length > 0);
    await store.endSessions('chancery leader relay');
    await waitFor(() => relay.leading(), { timeout: 20_000 });
    await kafka.restart();
    await waitFor(passedAll, { timeout: 30_000 });
    expect(before).not.toEqual(await checkpoint());
    // What waited in the term that was lost was published by the next term alone.
    expect((await onTopics()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each<[string, Parameters<SpecStore['plant']>[0]]>([
    ['of an unknown type', { stream: 'main/agent/x', type: 'agent.promoted' }],
    ['of a newer version', { stream: 'main/agent/x', type: 'agent.resumed', version: 99 }],
    ['whose bytes changed', { stream: 'main/agent/x', type: 'agent.resumed', data: '{"agentId":"x"}', digestOf: '{}' }],
    [
      'of a stream without a topic',
      { stream: 'main/nothing/x', type: 'agent.resumed', data: '{"agentId":"x","reason":"a spec","by":"system"}' },
    ],
  ])('stops before an event %s with an alarm, and so does whoever leads next', { timeout: 60_000 }, async (_, planted) => {
    const [first, second] = [open(), open()];
    await store.resume('a1', 0, 3);
    await store.plant(planted);
    await store.resume('a1', 3, 3);
    await waitFor(() => first.stops.length === 1 && second.stops.length === 1);
    await waitFor(() => !first.relay.leading() && !second.relay.leading());
    expect([...first.stops, ...second.stops]).toMatchObject([planted, planted].map(({ stream, type }) => ({ stream, type })));
    const { position } = first.stops[0] ?? {};
    const before: Cursor = await checkpoint();
    expect(before.position).toBeLessThan(position ?? 0n);
    expect((await onTopics()).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect((await first.relay.status()).behind).toBeGreaterThan(0);
  });
});
