import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantStream, issue, register } from '../contract-suite/appends.js';
import { appendByHand } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { grantIdAt, newGrantId } from '../contract-suite/sample-events.js';
import { StoreUnavailable } from '../contract.js';
import { movedClock } from '../moved-clock.js';
import { openEventStore } from './open-event-store.js';

const day = 86_400;

/** Name of the month `ahead` months from this one, as its table ends. */
const month = (ahead: number) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)).toISOString().slice(0, 7).replace('-', '_');
};

const startOf = (ahead: number) => Date.parse(`${month(ahead).replace('_', '-')}-01T00:00:00Z`);

describe('the months of grants', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let token: pg.Client;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    [owner, token] = [await database.connect(), await database.connect('token')];
  });
  afterAll(() => database.close());

  const leafOf = async (stream: string) =>
    (await owner.query('select tableoid::regclass::text as leaf from es.event where stream = $1', [stream])).rows[0]?.leaf as string;
  const put = async (grantId: string) => {
    await appendByHand(token, 'token', [issue({}, grantId)]);
    return leafOf(grantStream(grantId));
  };
  const ensure = async () => Number((await owner.query('select es.ensure_partitions() as made')).rows[0].made);

  it('are this one and the next three, each from its first millisecond to its last', async () => {
    for (const ahead of [0, 1, 2, 3]) {
      expect(await put(grantIdAt(startOf(ahead)))).toBe(`es.event_grant_${month(ahead)}`);
      expect(await put(grantIdAt(startOf(ahead + 1) - 1))).toBe(`es.event_grant_${month(ahead)}`);
    }
  });

  it('give a place in the first one to whatever is older', async () => {
    expect(await put(grantIdAt(Date.UTC(2020, 0)))).toBe(`es.event_grant_${month(0)}`);
  });

  it('leave everything else in tables that stay', async () => {
    const append = register();
    await appendByHand(owner, 'registration', [append]);
    expect(await leafOf(append.streams[0]?.stream ?? '')).toBe('es.event_before_grants');
    const { rows } = await owner.query(
      "select es.ulid_time('1970-01-01Z'::timestamptz) as zero, es.ulid_time('10889-08-02T05:31:50.655Z'::timestamptz) as most",
    );
    expect(rows).toEqual([{ zero: '0000000000', most: '7ZZZZZZZZZ' }]);
  });

  it('are not made twice', async () => {
    expect(await ensure()).toBe(0);
  });

  it('take no id from beyond the last of them, and its neighbours in the call are recorded', async () => {
    const store = await openEventStore({ url: database.as('token'), role: 'token', lanes: 1 });
    const [lost, before, behind] = [grantIdAt(startOf(4)), newGrantId(), newGrantId()];
    const answers = await Promise.allSettled([before, lost, behind].map((id) => store.append(issue({}, id))));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((answers[1] as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable);
    expect(await store.read(grantStream(lost))).toEqual([]);
    expect(await store.read(grantStream(behind))).toHaveLength(1);
    await store.close();
  });

  it('go on without a gap when housekeeping was away for half a year', async () => {
    const away = (startOf(8) - Date.now()) / 1000 + day;
    await owner.query(movedClock(away));
    expect(await ensure()).toBe(8);
    for (const ahead of [4, 7, 11]) expect(await put(grantIdAt(startOf(ahead)))).toBe(`es.event_grant_${month(ahead)}`);
  });

  it('are made while appends go on', async () => {
    const writer = await database.connect('token');
    await writer.query('begin');
    await appendByHand(writer, 'token', [issue({}, newGrantId())]);
    await owner.query(movedClock((startOf(9) - Date.now()) / 1000 + day));
    expect(await ensure()).toBe(1);
    await writer.query('commit');
  });

  it('can be detached whole once they are over', async () => {
    await owner.query(`alter table es.event detach partition es.event_grant_${month(0)}`);
    expect(await ensure()).toBe(0);
    expect(await put(grantIdAt(startOf(1)))).toBe(`es.event_grant_${month(1)}`);
  });
});
