import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, grantStream, issue, register, resume } from '../contract-suite/appends.js';
import { appendByHand, mutilated } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId } from '../contract-suite/sample-events.js';
import { reservation } from '../keys.js';

/** Rows of the big tables; what a batch may touch of them is a few for each of its parts. */
const many = 100_000;

/** What PostgreSQL counted of a session's reading since the database was made: rows fetched by scans of a whole table, and index entries read. */
interface Counted {
  readonly scanned: number;
  readonly fetched: number;
}

describe('the plans of a lane that was prepared on empty tables', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let lane: pg.Client;
  let trusting: string;
  const agentId = newId('ag');
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    [owner, lane] = [await database.connect(), await database.connect('token')];
    // More often than a driver's and a planner's patience with custom plans.
    trusting = await mutilated(owner, 'token', [['set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off', '']]);
    for (let call = 0; call < 8; call++) {
      await appendByHand(lane, 'token', batch());
      await appendByHand(lane, 'token', batch(), trusting);
    }
    await appendByHand(owner, 'registration', [register(agentId)]);
    await owner.query(`
      insert into es.revocation (key, kind, id, t, position, at) select md5(n::text)::uuid, 'grant', n::text, 1, n, now() from generate_series(1, ${many}) n;
      insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
        select -n, 1, 1, 1, true, gen_random_uuid(), now(), 'main/agent/many_' || n, 'agent.revoked', sha256(''), '' from generate_series(1, ${many / 2}) n;
      insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
        select -${many} - n, 1, n + 1, 1, false, gen_random_uuid(), now(), '${agentStream(agentId)}', 'agent.resumed', sha256(''), '' from generate_series(1, ${many / 2}) n;
      insert into es.reservation (slot, key, taken_by) select n % 33, md5(n::text)::uuid, n from generate_series(1, ${many}) n;`);
  }, 120_000);
  afterAll(() => database.close());

  const batch = () =>
    Array.from({ length: 64 }, () =>
      issue({
        reserve: [reservation('proof', [newId('r')], Math.floor(Date.now() / 1000) + 60)],
        unchanged: [
          { stream: agentStream(agentId), revision: 1 },
          { stream: agentStream('many_77'), revision: 1 },
        ],
        notRevoked: Array.from({ length: 16 }, () => ({ kind: 'grant' as const, id: newGrantId() })),
      }),
    );

  const counted = async (): Promise<Counted> => {
    await owner.query('select pg_stat_clear_snapshot()');
    const { rows } = await owner.query(
      `select sum(seq_tup_read)::bigint as scanned, sum(coalesce(idx_tup_fetch, 0))::bigint
         + (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'es')::bigint as fetched from pg_stat_user_tables where schemaname = 'es'`,
    );
    return { scanned: Number(rows[0].scanned), fetched: Number(rows[0].fetched) };
  };
  const costOf = async (call: () => Promise<unknown>): Promise<Counted> => {
    const before = await counted();
    await call();
    for (const client of [lane, owner]) await client.query('select pg_stat_force_next_flush()');
    const after = await counted();
    return { scanned: after.scanned - before.scanned, fetched: after.fetched - before.fetched };
  };

  it('touch a few rows for each guard, key and reservation, however much there is', async () => {
    const { scanned, fetched } = await costOf(async () =>
      expect(new Set((await appendByHand(lane, 'token', batch())).words)).toEqual(new Set(['recorded'])),
    );
    expect(scanned).toBeLessThan(100);
    expect(fetched).toBeLessThan(64 * 20 * 5);
  });

  it('touch as few when reservations were taken and streams raced', async () => {
    const calls = batch().map((append) => ({ ...append, reserve: [reservation('proof', ['again'], Math.floor(Date.now() / 1000) + 30)] }));
    const { scanned, fetched } = await costOf(async () =>
      expect(new Set((await appendByHand(lane, 'token', calls)).words)).toEqual(new Set(['recorded', 'reserved'])),
    );
    expect(scanned).toBeLessThan(100);
    expect(fetched).toBeLessThan(64 * 20 * 5);
    const grantId = newGrantId();
    const racing = await costOf(() => appendByHand(lane, 'token', [...batch(), issue({}, grantId), issue({}, grantId)]));
    expect(racing.scanned).toBeLessThan(100);
  });

  it('find the newest fence of a stream with very many harmless events behind it', async () => {
    const tail = await costOf(() => appendByHand(lane, 'token', [issue({ unchanged: [{ stream: agentStream(agentId), revision: 1 }] })]));
    expect(tail.fetched).toBeLessThan(200);
  });

  it('would scan everything if the function did not forbid it', async () => {
    const { scanned } = await costOf(() => appendByHand(lane, 'token', batch().slice(0, 1), trusting));
    expect(scanned).toBeGreaterThan(many);
  }, 120_000);

  it('open one month for one stream', async () => {
    const { rows } = await owner.query(
      'explain select from es.event e where e.stream = $1 and e.revision > 0'.replace('$1', `'${grantStream(newGrantId())}'`),
    );
    const plan = rows.map((row) => Object.values(row)[0]).join('\n');
    expect(plan.match(/event_\w+/g)?.filter((name) => /^event_grant_\d/.test(name)).length).toBe(2);
  });

  it('append to a long stream without reading it', async () => {
    const { fetched } = await costOf(() => appendByHand(owner, 'registration', [resume(agentId, many / 2 + 1)]));
    expect(fetched).toBeLessThan(50);
  });
});
