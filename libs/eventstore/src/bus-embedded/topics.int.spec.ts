import { randomUUID } from 'node:crypto';
import { encodeEvent, topics, type Topic } from '@chancery/events';
import { freshDatabase, startTcpProxy, waitFor } from '@chancery/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus, BusRecord, SubscribeOptions } from '../bus.js';
import { StoreUnavailable } from '../contract.js';
import { beginning } from '../reader/cursor.js';
import { type SpecStore, specStore } from '../reader/spec-store.js';
import { openEmbeddedBus } from './open-embedded-bus.js';
import { OffsetMoved } from './shelf.js';
import { tableShelf } from './table-shelf.js';
import { activitySource } from './table-source.js';

let store: SpecStore;
let bus: Bus;

const open = (url = store.url) => openEmbeddedBus({ url, pollEvery: 20, retries: [1], sleep: async () => {} });

beforeEach(async () => {
  store = await specStore(await freshDatabase());
  bus = open();
});
afterEach(async () => {
  await bus.close();
  await store.close();
});

async function follow(on: readonly Topic[], options: Partial<SubscribeOptions> = {}) {
  const handled: BusRecord[] = [];
  const subscription = await bus.subscribe({
    group: 'spec',
    topics: on,
    handle: async (records) => void handled.push(...records),
    ...options,
  });
  return { handled, subscription };
}

const activity = (subject = 'a1'): BusRecord => {
  const { type, version, data } = encodeEvent({
    type: 'activity.refused',
    service: 'token',
    endpoint: '/token',
    requestId: randomUUID(),
    reason: 'a_reason',
    error: 'invalid_client',
    status: 401,
  });
  return { topic: topics.activity, key: subject, id: randomUUID(), source: 'main/token/1', type, version, subject, time: 1_000_000, data };
};
const revocation = (key: string, time: number): BusRecord => ({ ...activity(key), topic: topics.revocations, type: 'revocation', time });

describe('registry and issuance of the embedded bus', () => {
  it('are the store: its events in order, each on its category’s topic, with their exact bytes', async () => {
    const registry = await follow([topics.registry]);
    const issuance = await follow([topics.issuance], { group: 'other' });
    await store.resume('a1', 0, 2);
    const revoked = { type: 'grant.revoked', grantId: 'gr_1', cause: 'operator', by: 'op' } as const;
    const grant = `main/grant/gr_${'0'.repeat(26)}`;
    await store.record(grant, 0, [revoked], 'token');
    await Promise.all([registry.subscription.caughtUp(), issuance.subscription.caughtUp()]);
    expect(registry.handled.map(({ key, sequence }) => [key, sequence])).toEqual([
      ['main/agent/a1', 1],
      ['main/agent/a1', 2],
    ]);
    const { rows } = await store.client.query<{ id: string; at: string; position: string; data: Buffer }>(
      `select id, (extract(epoch from at) * 1000000)::bigint as at, position, data from es.event where stream = $1`,
      [grant],
    );
    const [row] = rows;
    expect(issuance.handled).toEqual([
      {
        topic: topics.issuance,
        key: grant,
        id: row?.id,
        source: grant,
        type: 'grant.revoked',
        version: 1,
        subject: `gr_${'0'.repeat(26)}`,
        time: Number(row?.at),
        data: row?.data,
        sequence: 1,
        position: BigInt(row?.position ?? 0),
      },
    ]);
  });

  it('hold the key of an event nobody here can read, and let the others pass', async () => {
    await store.plant({ stream: 'main/agent/a1', type: 'agent.unheard-of' });
    await store.plant({ stream: 'main/agent/a2', type: 'agent.resumed', digestOf: 'other bytes' });
    await store.resume('a3');
    const { handled, subscription } = await follow([topics.registry]);
    await subscription.caughtUp();
    expect(handled.map(({ key }) => key)).toEqual(['main/agent/a3']);
    expect((await bus.quarantined('spec')).map(({ record, cause }) => [record.key, cause])).toEqual([
      ['main/agent/a1', 'event agent.unheard-of v1: unknown_type'],
      ['main/agent/a2', 'its bytes are not those that were written'],
    ]);
  });

  it('cannot be published to: they have no second truth', async () => {
    await expect(bus.publish([{ ...activity(), topic: topics.registry }])).rejects.toThrow(TypeError);
    await expect(bus.publish([{ ...activity(), topic: topics.issuance }])).rejects.toThrow(TypeError);
  });
});

describe('activity of the embedded bus', () => {
  it('is recorded once, however often it is published', async () => {
    const record = activity();
    await bus.publish([record, record]);
    await bus.publish([record]);
    const { handled, subscription } = await follow([topics.activity]);
    await subscription.caughtUp();
    expect(handled.map(({ id }) => id)).toEqual([record.id]);
  });

  it('refuses a record no table could take, without harm to those published beside it', async () => {
    const beside = activity();
    const wrong: Partial<BusRecord>[] = [
      { id: 'x' },
      { key: '' },
      { key: 'k\0' },
      { subject: 's'.repeat(513) },
      { data: new Uint8Array(1_048_577) },
      { version: 1.5 },
      { sequence: -1 },
      { extensions: { mac: '\0' } },
      { extensions: { mac: 'm'.repeat(9_000) } },
    ];
    const published = bus.publish([beside]);
    for (const change of wrong) await expect(bus.publish([{ ...activity(), ...change }])).rejects.toThrow(TypeError);
    await published;
    expect((await store.client.query('select id from bus.activity')).rows).toEqual([{ id: beside.id }]);
  });

  it('says that it does not know when the database is away', async () => {
    const away = open('postgres://postgres@127.0.0.1:1/away');
    await expect(away.publish([activity()])).rejects.toThrow(StoreUnavailable);
    await away.close();
  });

  it('waits for a writer that stays open, and so loses none of its records', async () => {
    const pool = new pg.Pool({ connectionString: store.url, max: 1 });
    const [late, quick] = [activity('late'), activity('quick')];
    const ids = async () => (await activitySource(pool).page(beginning, 10)).records.map(({ record }) => record.id);
    await store.client.query('begin');
    await store.client.query(
      `insert into bus.activity (epoch, key, id, source, type, version, subject, time, data) values (1, 'late', $1, 's', $2, 1, 'late', 1, $3)`,
      [late.id, late.type, Buffer.from(late.data)],
    );
    await bus.publish([quick]);
    expect(await ids()).toEqual([]);
    await store.client.query('commit');
    const seen = await waitFor(async () => {
      const found = await ids();
      return found.length === 2 && found;
    });
    expect(seen).toEqual([late.id, quick.id]);
    await pool.end();
  });
});

const at = (position: bigint) => ({ epoch: 1, tx: 1n, position });

describe('the offset of a group', () => {
  it('moves, once the database is back, past what was handled meanwhile, which is not handled again', async () => {
    const server = new URL(store.url);
    const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
    server.port = String(proxy.port);
    await bus.close();
    bus = open(server.href);
    const handled: string[] = [];
    const { subscription } = await follow([topics.registry], {
      async handle(records) {
        handled.push(...records.map(({ key }) => key));
        if (handled.length === 1) await proxy.refuse();
      },
    });
    await store.resume('a1');
    await waitFor(() => handled.length === 1);
    await store.resume('a2');
    await proxy.accept();
    await waitFor(() => handled.length === 2);
    await subscription.caughtUp();
    expect(handled).toEqual(['main/agent/a1', 'main/agent/a2']);
    await bus.close();
    bus = open();
    await proxy.close();
  });

  it('is moved by nobody who does not know where it stands, and nothing is quarantined then', async () => {
    const pool = new pg.Pool({ connectionString: store.url, max: 1 });
    const [member, zombie] = [tableShelf(pool, 'g', topics.activity), tableShelf(pool, 'g', topics.activity)];
    await member.commit({ from: beginning, to: at(5n) }, []);
    await expect(zombie.commit({ from: beginning, to: at(3n) }, [{ record: activity(), state: 'failed', cause: 'no' }])).rejects.toThrow(
      OffsetMoved,
    );
    expect([await member.offset(), await bus.quarantined('g')]).toEqual([at(5n), []]);
    await pool.end();
  });
});

describe('revocations of the embedded bus', () => {
  it('give a late subscriber the newest record of each key, then live ones, in every group and every member', async () => {
    await bus.publish([revocation('a', 1), revocation('b', 2), revocation('a', 3)]);
    const [one, other] = [await follow([topics.revocations]), await follow([topics.revocations])];
    await Promise.all([one.subscription.caughtUp(), other.subscription.caughtUp()]);
    await bus.publish([revocation('c', 4)]);
    for (const { handled } of [one, other]) {
      await waitFor(() => handled.length === 3);
      expect(handled.map(({ time }) => time)).toEqual([2, 3, 4]);
    }
  });

  it('go on while the database is away, and quarantine in memory what cannot be handled', async () => {
    await bus.close();
    bus = open('postgres://postgres@127.0.0.1:1/away');
    let forged = true;
    const handled: number[] = [];
    const { subscription } = await follow([topics.revocations], {
      async handle(records) {
        if (forged && records.some(({ key }) => key === 'bad')) throw new Error('forged');
        handled.push(...records.map(({ time }) => time));
      },
    });
    await bus.publish([revocation('bad', 1), revocation('good', 2)]);
    await subscription.caughtUp();
    await bus.publish([revocation('bad', 3)]);
    await subscription.caughtUp();
    expect(handled).toEqual([2]);
    forged = false;
    await bus.retry('spec', 'bad');
    expect(handled).toEqual([2, 1, 3]);
  });
});

describe('quarantine of the embedded bus', () => {
  it('is a topic too, keyed by source, with group, topic and cause beside each record', async () => {
    const record = activity();
    await bus.publish([record]);
    const broken = await follow([topics.activity], { group: 'broken', handle: () => Promise.reject(new Error('no')) });
    await broken.subscription.caughtUp();
    const watcher = await follow([topics.quarantine], { group: 'watcher' });
    await watcher.subscription.caughtUp();
    expect(watcher.handled.map(({ topic, key, id, extensions }) => ({ topic, key, id, extensions }))).toEqual([
      {
        topic: topics.quarantine,
        key: record.source,
        id: record.id,
        extensions: { group: 'broken', topic: topics.activity, cause: 'Error: no' },
      },
    ]);
  });

  it('does not go round for ever when a watcher of it fails', async () => {
    const extensions = { group: 'gateway', topic: topics.activity, cause: 'forged' };
    await bus.publish([{ ...activity(), topic: topics.quarantine, extensions }]);
    const watcher = await follow([topics.quarantine], { group: 'watcher', handle: () => Promise.reject(new Error('no')) });
    await watcher.subscription.caughtUp();
    await watcher.subscription.caughtUp();
    expect((await bus.quarantined()).map(({ group, cause }) => [group, cause])).toEqual([
      ['gateway', 'forged'],
      ['watcher', 'Error: no'],
    ]);
  });

  it('refuses a record that does not say whose it is and why', async () => {
    await expect(bus.publish([{ ...activity(), topic: topics.quarantine }])).rejects.toThrow(TypeError);
  });
});
