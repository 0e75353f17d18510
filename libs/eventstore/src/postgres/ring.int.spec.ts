import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../contract-suite/appends.js';
import { appendByHand, mutilated, somebodyWaits } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newId } from '../contract-suite/sample-events.js';
import { lastingReservation, reservation } from '../keys.js';
import { movedClock } from '../moved-clock.js';

describe('the ring of reservations', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let token: pg.Client;
  let relay: pg.Client;
  /** So far the clock has been moved; it only goes on, as clocks do. */
  let moved = 0;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    [owner, token, relay] = [await database.connect(), await database.connect('token'), await database.connect('relay')];
  });
  beforeEach(async () => {
    await pass(3_000);
    await owner.query('delete from es.reservation where slot > 0');
  });
  afterAll(() => database.close());

  const pass = async (seconds: number) => {
    moved += seconds;
    await owner.query(movedClock(moved));
  };
  const now = async () => Math.floor(Number((await owner.query('select extract(epoch from es.now()) as now')).rows[0].now));
  const ending = async (end: number, id = newId('r')) =>
    (await appendByHand(token, 'token', [issue({ reserve: [reservation('proof', [id], end)] })])).words[0];
  const held = async () => Number((await owner.query('select count(*) from es.reservation where slot > 0')).rows[0].count);
  const truncate = async () => Number((await relay.query('select es.truncate_ring() as n')).rows[0].n);

  it('is emptied bucket by bucket, each once it has been over for two minutes', async () => {
    await truncate();
    const start = await now();
    for (const ahead of [30, 300, 1100]) expect(await ending(start + ahead)).toBe('recorded');
    expect([await truncate(), await held()]).toEqual([0, 3]);
    await pass(30 + 64 + 121);
    expect([await truncate(), await held()]).toEqual([1, 2]);
    await pass(300 - 30);
    expect([await truncate(), await held()]).toEqual([1, 1]);
    await pass(1100 - 300);
    expect([await truncate(), await held()]).toEqual([1, 0]);
  });

  it('never loses a reservation that an append could still meet', async () => {
    // Through more than a whole turn of the ring, housekeeping at every step: whatever was reserved is refused, as reserved or as expired.
    const ids: { id: string; end: number }[] = [];
    for (let step = 0; step < 50; step++) {
      const at = await now();
      for (const ahead of [-50, 0, 63, 64, 600, 1190]) {
        const made = { id: newId('r'), end: at + ahead };
        expect(await ending(made.end, made.id)).toBe('recorded');
        ids.push(made);
      }
      await truncate();
      const replayed = await appendByHand(
        token,
        'token',
        ids.map(({ id, end }) => issue({ reserve: [reservation('proof', [id], end)] })).slice(-150),
      );
      expect(new Set(replayed.words).has('recorded')).toBe(false);
      await pass(47);
    }
  });

  it('refuses an artefact as expired long before its bucket is emptied', async () => {
    const start = await now();
    const id = newId('r');
    expect(await ending(start + 1, id)).toBe('recorded');
    await pass(100);
    expect(await ending(start + 1, id)).toBe('expired');
    expect(await held()).toBeGreaterThan(0);
    await pass(200);
    await truncate();
    expect(await ending(start + 1, id)).toBe('expired');
  });

  it('would let a used artefact in again if its end were not looked at', async () => {
    const careless = await mutilated(owner, 'token', [['where r.ends <> 0 and (', 'where false and (']]);
    const reserve = [reservation('proof', [newId('r')], (await now()) + 1)];
    expect((await appendByHand(token, 'token', [issue({ reserve })])).words).toEqual(['recorded']);
    await pass(300);
    await truncate();
    expect((await appendByHand(token, 'token', [issue({ reserve })], careless)).words).toEqual(['recorded']);
  });

  it('keeps what lasts, whatever is emptied', async () => {
    const reserve = [lastingReservation('slot', [newId('r')])];
    expect((await appendByHand(token, 'token', [issue({ reserve })])).words).toEqual(['recorded']);
    await pass(100_000);
    await truncate();
    expect((await appendByHand(token, 'token', [issue({ reserve })])).words).toEqual(['reserved']);
  });

  it('leaves a bucket that somebody reads for later, and appends go on meanwhile', async () => {
    await truncate();
    await ending((await now()) + 1);
    await pass(400);
    const reader = await database.connect();
    await reader.query('begin; select from es.reservation');
    const emptied = truncate();
    expect(await ending((await now()) + 60)).toBe('recorded');
    expect(await emptied).toBe(0);
    await reader.query('commit');
    expect(await truncate()).toBe(1);
  });

  it('never deadlocks two calls that want the same keys in another order', async () => {
    const slots = [lastingReservation('slot', [newId('a')]), lastingReservation('slot', [newId('b')])].toSorted((a, b) =>
      Buffer.compare(a.key, b.key),
    );
    const [low, high] = slots as [(typeof slots)[0], (typeof slots)[0]];
    const rival = await database.connect('token');
    await rival.query('begin');
    await appendByHand(rival, 'token', [issue({ reserve: [low] })]);
    const call = appendByHand(token, 'token', [issue({ reserve: [high, low] })]);
    await somebodyWaits(owner, 'transactionid');
    // Had the call taken the higher key first, this would find it taken and wait in a circle.
    const other = await database.connect('token');
    expect((await appendByHand(other, 'token', [issue({ reserve: [high] })])).words).toEqual(['recorded']);
    await rival.query('rollback');
    expect((await call).words).toEqual(['reserved']);
  });

  it('would deadlock without the order', async () => {
    const unsorted = await mutilated(owner, 'token', [['order by r.key, r.append', 'order by r.append desc']]);
    const slots = [lastingReservation('slot', [newId('a')]), lastingReservation('slot', [newId('b')])].toSorted((a, b) =>
      Buffer.compare(a.key, b.key),
    );
    const [low, high] = slots as [(typeof slots)[0], (typeof slots)[0]];
    const [first, second] = [await database.connect('token'), await database.connect('token')];
    // Two calls of the same two appends, one of them in the opposite order, held at their first key by a third.
    const gate = await database.connect('token');
    await gate.query('begin');
    const gateKeys = [lastingReservation('slot', [newId('g')]), lastingReservation('slot', [newId('h')])];
    await appendByHand(gate, 'token', [issue({ reserve: gateKeys })]);
    const calls = Promise.allSettled([
      appendByHand(
        first,
        'token',
        [issue({ reserve: [high] }), issue({ reserve: gateKeys.slice(0, 1) }), issue({ reserve: [low] })],
        unsorted,
      ),
      appendByHand(
        second,
        'token',
        [issue({ reserve: [low] }), issue({ reserve: gateKeys.slice(1) }), issue({ reserve: [high] })],
        unsorted,
      ),
    ]);
    await somebodyWaits(owner, 'transactionid', 2);
    await gate.query('rollback');
    const codes = (await calls).map((settled) => (settled.status === 'rejected' ? (settled.reason as { code?: string }).code : 'fine'));
    expect(new Set(codes)).toEqual(new Set(['40P01', 'fine']));
  });
});
