import { freshDatabase, startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { grantStream, issue, revokeGrant } from '../contract-suite/appends.js';
import { appendByHand, somebodyWaits } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId } from '../contract-suite/sample-events.js';
import { StoreUnavailable } from '../contract.js';
import { reservation } from '../keys.js';
import { openEventStore, type PostgresEventStore } from './open-event-store.js';

/** The answer of an append function, and of nothing else: its row description names the first column. */
const appendsAnswer = (bytes: Buffer) => bytes.includes('at_us');

describe('an append whose answer is lost', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let proxy: TcpProxy;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    owner = await database.connect();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    const target = new URL(database.as('token'));
    proxy = await startTcpProxy({ host: target.hostname, port: Number(target.port) });
    target.hostname = '127.0.0.1';
    target.port = String(proxy.port);
    store = await openEventStore({ url: target.href, role: 'token', lanes: 1 });
  });
  afterEach(async () => {
    await proxy.accept();
    await store.close();
    await proxy.close();
  });

  const count = async (stream: string) => (await owner.query('select from es.event where stream = $1', [stream])).rowCount;

  it('is recorded all the same when its event is there, and its reservation is its own', async () => {
    const grantId = newGrantId();
    const reserve = [reservation('proof', [newId('r')], Math.floor(store.now()) + 60)];
    const lost = proxy.loseAnswer(appendsAnswer);
    const answer = store.append(issue({ reserve }, grantId));
    await lost;
    const [stored] = await store.read(grantStream(grantId));
    expect(await answer).toEqual({ outcome: 'recorded', position: stored?.position, at: stored?.at });
    expect(await store.append(issue({ reserve }))).toMatchObject({ outcome: 'reserved' });
    expect(await count(grantStream(grantId))).toBe(1);
  });

  it('gives each of its batch its own answer', async () => {
    const existing = newGrantId();
    await store.append(issue({}, existing));
    const ids = Array.from({ length: 5 }, () => newGrantId());
    const lost = proxy.loseAnswer(appendsAnswer);
    const answers = Promise.allSettled([...ids.map((id) => store.append(issue({}, id))), store.append(revokeGrant(existing, 4))]);
    await lost;
    const [, , , , , sixth] = await answers;
    expect((await answers).slice(0, 5).map((settled) => settled.status === 'fulfilled' && settled.value.outcome)).toEqual(
      ids.map(() => 'recorded'),
    );
    // It was stale, so nothing of it is there to be found: nobody can say, and nothing was written.
    expect(sixth).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
    expect(await count(grantStream(existing))).toBe(1);
  });

  it("is stale when somebody else's event is there", async () => {
    const grantId = newGrantId();
    const rival = await database.connect('token');
    await rival.query('begin');
    await appendByHand(rival, 'token', [issue({}, grantId)]);
    const lost = proxy.loseAnswer(appendsAnswer);
    const answer = store.append(issue({}, grantId));
    await somebodyWaits(owner, 'transactionid');
    await rival.query('commit');
    await lost;
    expect(await answer).toEqual({ outcome: 'stale' });
  });

  it('is unknown, and said to be, when nothing is there: it may yet come', async () => {
    const grantId = newGrantId();
    const holder = await database.connect();
    await holder.query('begin; select pg_advisory_xact_lock(7, n) from generate_series(0, 1023) n');
    const answer = store.append(issue({ notRevoked: [{ kind: 'grant', id: grantId }] }, grantId));
    answer.catch(() => {});
    await somebodyWaits(owner, 'advisory');
    proxy.cut();
    await expect(answer).rejects.toThrow(StoreUnavailable);
    await holder.query('commit');
    expect(await store.append(issue())).toMatchObject({ outcome: 'recorded' });
  });

  it('holds back the next append to its stream until it is settled', async () => {
    const grantId = newGrantId();
    const lost = proxy.loseAnswer(appendsAnswer);
    const [first, second] = [store.append(issue({}, grantId)), store.append(revokeGrant(grantId))];
    await lost;
    expect(await first).toMatchObject({ outcome: 'recorded' });
    expect(await second).toMatchObject({ outcome: 'recorded' });
  });
});

describe('a store that is away', () => {
  let database: StoreDatabase;
  let proxy: TcpProxy;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    const target = new URL(database.as('token'));
    proxy = await startTcpProxy({ host: target.hostname, port: Number(target.port) });
    target.hostname = '127.0.0.1';
    target.port = String(proxy.port);
    store = await openEventStore({ url: target.href, role: 'token' });
  });
  afterAll(async () => {
    await proxy.accept();
    await store.close();
    await proxy.close();
    await database.close();
  });

  it('says so, to appends and readings alike, and comes back by itself', async () => {
    const grantId = newGrantId();
    await store.append(issue({}, grantId));
    expect(await store.healthy()).toBe(true);
    await proxy.refuse();
    await expect(store.append(issue())).rejects.toThrow(StoreUnavailable);
    await expect(store.read(grantStream(grantId))).rejects.toThrow(StoreUnavailable);
    expect(await store.healthy()).toBe(false);
    await proxy.accept();
    await waitFor(() => store.healthy());
    expect(await store.append(issue())).toMatchObject({ outcome: 'recorded' });
    expect(await store.read(grantStream(grantId))).toHaveLength(1);
  });

  it('says so to a reading that it answers no more', async () => {
    const owner = await database.connect();
    await owner.query('begin; lock table es.event in access exclusive mode');
    const reading = store.read(grantStream(newGrantId()));
    reading.catch(() => {});
    await somebodyWaits(await database.connect(), 'relation');
    proxy.cut();
    await expect(reading).rejects.toThrow(StoreUnavailable);
    await owner.query('commit');
    await waitFor(() => store.healthy());
  });

  it('tells no address, role or password of the database in its errors', async () => {
    await proxy.refuse();
    const error = await store.append(issue()).catch((thrown: unknown) => thrown);
    expect((error as Error).message).not.toMatch(/postgres|127\.0\.0\.1|chancery_/);
    await proxy.accept();
    await waitFor(() => store.healthy());
  });
});
