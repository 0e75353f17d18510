import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issue, register, resume, suspend } from '../contract-suite/appends.js';
import { appendByHand, mutilated } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newId } from '../contract-suite/sample-events.js';
import { revocationKey } from '../keys.js';
import { stampTime, writeRevocations } from '../migrations/sql/append.js';
import { movedClock } from '../moved-clock.js';

const second = 1_000_000;

describe("the store's time", () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let token: pg.Client;
  let registration: pg.Client;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    [owner, token, registration] = [await database.connect(), await database.connect('token'), await database.connect('registration')];
  });
  beforeEach(async () => {
    await owner.query(movedClock(0));
    await owner.query("select setval('es.clock', 1)");
  });
  afterAll(() => database.close());

  const now = async () => Number((await owner.query('select (extract(epoch from es.now()) * 1000000)::bigint as at')).rows[0].at);
  const mark = async () => Number((await owner.query('select last_value from es.clock')).rows[0].last_value);
  const suspended = async (functionName?: string) => {
    const agentId = newId('ag');
    await appendByHand(registration, 'registration', [register(agentId)]);
    return { agentId, at: (await appendByHand(registration, 'registration', [suspend(agentId)], functionName)).at };
  };
  const tOf = async (agentId: string) =>
    Number(
      (await owner.query('select t from es.revocation where key = $1', [Buffer.from(revocationKey('agent', agentId)).toString('hex')]))
        .rows[0].t,
    );

  it("is the database's, the same in the answer, the event and the high-water mark", async () => {
    const before = await now();
    const { at } = await appendByHand(token, 'token', [issue()]);
    expect(at).toBeGreaterThan(before);
    expect(at).toBeLessThanOrEqual(await now());
    const { rows } = await owner.query(
      'select (extract(epoch from at) * 1000000)::bigint as at from es.event order by position desc limit 1',
    );
    expect(Number(rows[0].at)).toBe(at);
    expect(await mark()).toBe(at);
  });

  it('is held when the clock goes back by less than a second', async () => {
    const first = (await appendByHand(token, 'token', [issue()])).at;
    await owner.query(movedClock(-0.5));
    expect((await appendByHand(token, 'token', [issue()])).at).toBe(first);
    expect(await mark()).toBe(first);
  });

  it('goes on where it was held', async () => {
    await owner.query(movedClock(0.3));
    const first = (await appendByHand(token, 'token', [issue()])).at;
    await owner.query(movedClock(0.6));
    expect((await appendByHand(token, 'token', [issue()])).at).toBeGreaterThan(first);
  });

  it('records nothing when the clock went back by more, a promoted standby for one', async () => {
    await appendByHand(token, 'token', [issue()]);
    await owner.query(movedClock(-2));
    const append = issue();
    await expect(appendByHand(token, 'token', [append])).rejects.toMatchObject({ code: '55000' });
    expect((await owner.query('select from es.event where stream = $1', [append.streams[0]?.stream])).rowCount).toBe(0);
  });

  it('would stamp a T below tokens that are out already if a clock set back were believed', async () => {
    const believing = await mutilated(owner, 'registration', [
      ['if at_us < mark - 900000 then', 'if false then'],
      ['at_us := mark;', 'null;'],
    ]);
    const agentId = newId('ag');
    await appendByHand(registration, 'registration', [register(agentId)]);
    const issued = await appendByHand(token, 'token', [issue({ notRevoked: [{ kind: 'agent', id: agentId }] })]);
    await owner.query(movedClock(-5));
    await appendByHand(registration, 'registration', [suspend(agentId)], believing);
    expect(await tOf(agentId)).toBeLessThan(Math.floor(issued.at / second));
  });

  it('of a revocation is rounded up to the second, so that it hits every token of that second', async () => {
    const { agentId, at } = await suspended();
    expect(await tOf(agentId)).toBe(Math.floor(at / second) + 1);
    const roundedDown = await mutilated(owner, 'registration', [['else now_seconds + 1 end', 'else now_seconds end']]);
    const other = await suspended(roundedDown);
    expect(await tOf(other.agentId)).toBeLessThan(other.at / second);
  });

  it('of a revocation never falls', async () => {
    const { agentId } = await suspended();
    await owner.query('update es.revocation set t = t + 100');
    const t = await tOf(agentId);
    await appendByHand(registration, 'registration', [resume(agentId, 2)]);
    expect((await appendByHand(registration, 'registration', [suspend(agentId, 3)])).words).toEqual(['recorded']);
    expect(await tOf(agentId)).toBe(t);
    const falling = await mutilated(owner, 'registration', [
      [writeRevocations, writeRevocations.replace('greatest(entry.t, excluded.t)', 'excluded.t')],
    ]);
    await appendByHand(registration, 'registration', [resume(agentId, 4)]);
    await appendByHand(registration, 'registration', [suspend(agentId, 5)], falling);
    expect(await tOf(agentId)).toBeLessThan(t);
  });

  it('of a second revocation moves T on, and the entry is found again by whoever follows the set', async () => {
    const { agentId } = await suspended();
    const first = await owner.query('select t, tx, position from es.revocation where id = $1', [agentId]);
    await owner.query(movedClock(10));
    await appendByHand(registration, 'registration', [resume(agentId, 2), register()]);
    await appendByHand(registration, 'registration', [suspend(agentId, 3)]);
    const again = await owner.query('select t, tx, position from es.revocation where id = $1', [agentId]);
    expect(Number(again.rows[0].t) - Number(first.rows[0].t)).toBeGreaterThanOrEqual(9);
    expect(BigInt(again.rows[0].tx)).toBeGreaterThan(BigInt(first.rows[0].tx));
    expect(BigInt(again.rows[0].position)).toBeGreaterThan(BigInt(first.rows[0].position));
    expect(again.rowCount).toBe(1);
  });

  it('is read in one place alone', async () => {
    const { rows } = await owner.query(
      `select proname from pg_proc where pronamespace = 'es'::regnamespace and proname <> 'now' and prosrc ~* 'clock_timestamp|current_timestamp|localtime|[^.]\\mnow\\(|statement_timestamp|transaction_timestamp'`,
    );
    expect(rows).toEqual([]);
    expect(stampTime).toContain('es.now()');
  });
});
