import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Bus, BusRecord, RevocationEntry } from '@chancery/eventstore';
import { createTopics, type KafkaConnection, loadTopology, openKafkaBus } from '@chancery/eventstore/kafka';
import { topics } from '@chancery/events';
import { entryKey, heartbeatKey, openRecord, signBeat, signEntry, type SignedRecord } from '@chancery/oauth';
import { type Log, silentLog } from '@chancery/platform';
import { startKafka, startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../spec-kit/world.js';
import { type AlarmReason, openAlarms } from './alarm.js';
import { followBus } from './follow-bus.js';
import { FollowedSet } from './followed-set.js';

const kafka = await startKafka();
const connection: KafkaConnection = { brokers: kafka.brokers, clientId: 'gateway', prefix: `${randomUUID()}.` };
const stranger = { kid: 'revocations-1', privateKey: generateKeyPairSync('ed25519').privateKey };
const entry: RevocationEntry = { kind: 'grant', id: 'gr_1', t: 'for-ever', position: 1n, at: 1_790_000_000_000_000 };

describe.skipIf(kafka.missing)(`a gateway that follows Kafka${kafka.note}`, { timeout: 60_000 }, () => {
  const raw = new Kafka({ brokers: [...kafka.brokers], clientId: 'somebody', logLevel: logLevel.NOTHING });
  const producer = raw.producer({ allowAutoTopicCreation: false });
  const buses: Bus[] = [];
  const warned: string[] = [];
  const log: Log = { ...silentLog, warn: ({ reason, count }) => void (count !== undefined && warned.push(`${reason} ${count}`)) };
  let lane: Bus;
  let proxy: TcpProxy;
  let world: World;

  const open = (change: Partial<KafkaConnection> = {}): Bus => {
    const bus = openKafkaBus({ ...connection, ...change, issuer: 'https://id.example' });
    buses.push(bus);
    return bus;
  };
  const publish = (...records: readonly SignedRecord[]) => lane.publish(records.map((record) => recordOf(record, world)));
  /** As who holds a broker's credentials can, without any key. */
  const plant = (message: { key: string; value: string | null; headers?: Record<string, string> }) =>
    producer.send({ topic: `${connection.prefix}${topics.revocations}`, messages: [message] });
  const status = async (grant: string) => {
    const iat = world.clock.database();
    return (await world.call({ token: await world.token({ grant_id: grant, iat, exp: iat + 600 }) })).status;
  };
  const heard = async (grant: string) => waitFor(async () => (await status(grant)) === 401);
  /** Whether its set grows old while this machine is busy is another question. */
  const told = () => world.alarms.filter((reason) => reason !== 'revocations_old');
  /** A second goes by, and its heartbeat is there. */
  const pass = async (seconds = 1) => {
    for (let second = 0; second < seconds; second += 1) {
      world.clock.move(1);
      await publish(world.lane.beat());
      await waitFor(() => world.gateway.ready());
    }
  };

  beforeAll(async () => {
    await createTopics(connection, loadTopology('development'));
    await producer.connect();
    lane = open();
    const [host = '', port] = kafka.brokers[0]?.split(':') ?? [];
    proxy = await startTcpProxy({ host, port: Number(port) });
    world = await openWorld({ bus: open({ reach: () => ({ host: '127.0.0.1', port: proxy.port }) }), log });
    // What lies on the topic at the start, good and bad.
    const [early, late] = [world.lane.beat(), world.lane.beat()];
    await publish(
      late,
      early,
      world.lane.revoke('grant', 'gr_old'),
      signEntry({ ...entry, id: 'gr_x' }, stranger),
      signBeat(beat(1), stranger),
    );
    await plant({ key: 'grant/gr_old', value: null });
    await plant({ key: 'grant/gr_y', value: '{', headers: { 'content-type': 'application/cloudevents+json' } });
    await world.gateway.start();
    await waitFor(() => world.gateway.ready() && warned.length >= 4, { timeout: 30_000 });
  });
  afterAll(async () => {
    await world?.close();
    await Promise.all(buses.map((bus) => bus.close()));
    await producer.disconnect();
    await proxy?.close();
    await kafka.stop();
  });

  const beat = (counter: number) => ({ through: 1_890_000_000_000_000, entries: 0, digest: '0'.repeat(64), position: 0n, counter, at: 1 });

  it('holds what is on the topic, and alarms nobody about what lay there before its start', async () => {
    expect(await status('gr_old')).toBe(401);
    expect(await status('gr_new')).toBe(200);
    expect(told()).toEqual([]);
    expect(warned.toSorted()).toEqual(['record_forged 2', 'record_replayed 1', 'record_unreadable 1', 'tombstone 1']);
    await publish(world.lane.revoke('grant', 'gr_new'));
    await heard('gr_new');
  });

  it.each<[string, string, AlarmReason, () => Promise<unknown>]>([
    ['a tombstone', 'gr_a', 'tombstone', () => plant({ key: 'grant/gr_a', value: null })],
    ['a forged record', 'gr_b', 'record_forged', () => publish(signEntry({ ...entry, id: 'gr_b' }, stranger))],
    ['a forged heartbeat', 'gr_c', 'record_forged', () => publish(signBeat(beat(Number.MAX_SAFE_INTEGER), stranger))],
    [
      'what is none of ours',
      'gr_d',
      'record_unreadable',
      () => plant({ key: 'grant/gr_d', value: '{}', headers: { 'content-type': 'application/cloudevents+json' } }),
    ],
    [
      'a record whose bytes are no text',
      'gr_e',
      'record_forged',
      () => lane.publish([{ ...recordOf(signEntry({ ...entry, id: 'gr_e' }, stranger), world), data: Uint8Array.of(0xff) }]),
    ],
  ])('is not moved by %s, and alarms; what comes after it under the same key is in force', async (_name, grant, alarm, forge) => {
    await pass();
    world.alarms.length = 0;
    await forge();
    await waitFor(() => told().length > 0);
    expect([told(), await status(grant)]).toEqual([[alarm], 200]);
    await publish(world.lane.revoke('grant', grant));
    await heard(grant);
    await pass(3);
    // Neither is it another set than the heartbeats speak of, nor did anything come again.
    expect(told()).toEqual([alarm]);
  });

  it('keeps an entry that a tombstone would take back', async () => {
    await publish(world.lane.revoke('grant', 'gr_f'));
    await heard('gr_f');
    world.alarms.length = 0;
    await plant({ key: 'grant/gr_f', value: null });
    await waitFor(() => told().length > 0);
    await pass(3);
    expect([told(), await status('gr_f')]).toEqual([['tombstone'], 401]);
  });

  it('is not moved by an old heartbeat, and alarms', async () => {
    const old = world.lane.beat();
    await publish(old);
    await pass(2);
    world.alarms.length = 0;
    await publish(old);
    await waitFor(() => told().length > 0);
    await pass(3);
    expect(told()).toEqual(['record_replayed']);
  });

  it('is not moved by an old signed record that is over, and alarms', async () => {
    const record = world.lane.revoke('grant', 'gr_g');
    await publish(record);
    await heard('gr_g');
    world.clock.move(1_030);
    await pass(2);
    world.alarms.length = 0;
    await publish(record);
    await waitFor(() => told().length > 0);
    await pass(3);
    expect(told()).toEqual(['record_replayed']);
  });

  it('goes on with the records of a key that one of them failed on', async () => {
    const reasons: string[] = [];
    const seen: string[] = [];
    const alarms = openAlarms({ gateway: 'gw-1', log: silentLog, onAlarm: (reason) => void reasons.push(reason) });
    const followed = new (class extends FollowedSet {
      override hearBus(record: Parameters<FollowedSet['hearBus']>[0]) {
        const opened = openRecord({ ...record }, () => world.lane.publicKey);
        const id = 'entry' in opened ? opened.entry.id : '';
        if (id === 'gr_fails') throw new Error('no');
        seen.push(id);
        return super.hearBus(record);
      }
    })(() => world.lane.publicKey, alarms.alarm);
    const subscription = await followBus({ bus: open(), group: randomUUID(), followed, alarms, onHeard: () => undefined });
    await waitFor(() => followed.live);
    const [failing, next] = ['gr_fails', 'gr_next'].map((id) => recordOf(world.lane.revoke('grant', id), world));
    if (!failing || !next) throw new Error('unreachable');
    await lane.publish([failing, { ...next, key: failing.key }]);
    await waitFor(() => seen.includes('gr_next'));
    await subscription.stop();
    expect(reasons).toEqual(['record_unreadable']);
  });

  it('takes nothing for a replay when it is cut off and has to read the topic from its beginning again, and goes on', async () => {
    await pass(2);
    world.alarms.length = 0;
    const admin = raw.admin();
    await admin.connect();
    const members = async () => {
      const { groups } = await admin.describeGroups((await admin.listGroups()).groups.map(({ groupId }) => groupId));
      return groups.filter(({ groupId }) => groupId.includes('.gw-1-')).flatMap((group) => group.members.map(({ memberId }) => memberId));
    };
    const [before] = await members();
    expect(before).toBeDefined();
    await proxy.refuse();
    await waitFor(async () => (await members()).length === 0, { timeout: 30_000 });
    await proxy.accept();
    // Another member of another group, which has read nothing.
    await waitFor(async () => (await members()).some((member) => member !== before), { timeout: 30_000 });
    await admin.disconnect();
    expect(await status('gr_h')).toBe(200);
    await publish(world.lane.revoke('grant', 'gr_h'));
    await heard('gr_h');
    await pass(3);
    expect(told()).toEqual([]);
  });

  it('reads a topic that was made anew from its beginning, though its offsets were other records before', async () => {
    await pass(2);
    const admin = raw.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [`${connection.prefix}${topics.revocations}`] });
    await waitFor(async () => !(await admin.listTopics()).includes(`${connection.prefix}${topics.revocations}`));
    await admin.disconnect();
    await createTopics(connection, loadTopology('development'));
    // What published to the old one goes on with its numbers.
    lane = open();
    // By the feed it would hear of it all the same.
    world.lane.away = true;
    // One at least in a partition that was read far before.
    const grants = Array.from({ length: 12 }, (_, n) => `gr_i${n}`);
    expect(await status('gr_i0')).toBe(200);
    await publish(...grants.map((grant) => world.lane.revoke('grant', grant)));
    await waitFor(async () => (await Promise.all(grants.map(status))).every((each) => each === 401), { timeout: 20_000 });
    expect(told().filter((reason) => reason !== 'digest_mismatch')).toEqual([]);
  });
});

/** As the lane publishes it. */
function recordOf({ type, data, sig, sigkid }: SignedRecord, { lane }: World): BusRecord {
  const opened = openRecord({ type, data, sig, sigkid }, () => lane.publicKey);
  const key = 'entry' in opened ? entryKey(opened.entry) : type === 'revocation.heartbeat' ? heartbeatKey : forgedKey(data);
  return {
    topic: topics.revocations,
    key,
    id: randomUUID(),
    source: 'main/revocations',
    type,
    version: 1,
    subject: key.split('/').at(-1) ?? key,
    time: 1_790_000_000_000_000,
    data: Buffer.from(data),
    extensions: { sig, sigkid },
  };
}

/** Whoever forges one takes the key of what it would replace. */
const forgedKey = (data: string): string => entryKey(JSON.parse(data) as { kind: string; id: string });
