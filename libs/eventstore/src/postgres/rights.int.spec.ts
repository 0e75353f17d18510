import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { typesOf } from '@chancery/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, exchange, issue, register } from '../contract-suite/appends.js';
import { appendByHand, mutilated } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId } from '../contract-suite/sample-events.js';
import { prepareAppend } from '../append/prepared.js';
import type { Append } from '../contract.js';
import { revocationKey } from '../keys.js';
import type { WritingRole } from '../migrations/sql/permissions.js';
import { databaseRole, serviceRoles, type ServiceRole } from '../migrations/sql/roles.js';
import { batchCall } from './batch-call.js';

const denied = { code: '42501' };

describe("a service's database role", () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  const clients = {} as Record<ServiceRole, pg.Client>;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    owner = await database.connect();
    for (const role of serviceRoles) clients[role] = await database.connect(role);
    await appendByHand(owner, 'registration', [register('ag_1')]);
  });
  afterAll(() => database.close());

  const own: Record<WritingRole, () => Append> = { registration: register, token: issue, exchange };

  describe.each(Object.entries(own) as [WritingRole, () => Append][])('%s', (role, honest) => {
    it('appends its own events through its own function', async () => {
      expect((await appendByHand(clients[role], role, [honest()])).words).toEqual(['recorded']);
    });

    it.each(Object.keys(own).filter((other) => other !== role) as WritingRole[])('does not call the function of %s', async (other) => {
      await expect(appendByHand(clients[role], other, [own[other]()])).rejects.toMatchObject(denied);
    });

    it.each(Object.entries(own).filter(([other]) => other !== role && !(role === 'token' && other === 'exchange')))(
      'does not write what only %s writes',
      async (_, foreign) => {
        const append = foreign();
        await expect(appendByHand(clients[role], role, [honest(), append])).rejects.toMatchObject(denied);
        expect((await owner.query('select from es.event where stream = $1', [append.streams[0]?.stream])).rowCount).toBe(0);
      },
    );
  });

  it.each([
    ['exchange', 'grant'],
    ['token', 'agent'],
    ['registration', 'grant'],
  ] as const)('%s puts no %s into the revocation set', async (role, kind) => {
    const prepared = prepareAppend(own[role]());
    const id = newId('foreign');
    const forged = {
      ...prepared,
      events: prepared.events.map((event) => ({ ...event, revokes: [{ key: revocationKey(kind, id), kind, id, forEver: true }] })),
    };
    const { text, values } = batchCall(role, [forged]);
    await expect(clients[role].query(text, values)).rejects.toMatchObject(denied);
    expect((await owner.query('select from es.revocation where id = $1', [id])).rowCount).toBe(0);
  });

  it('writes an event only into a stream of its category', async () => {
    // Past our own check, as somebody with the password would.
    const misplaced = `select es.append_token(null, '{1}', '{1}', $1, '{1}', array[gen_random_uuid()], '{grant.token-issued}', '{1}', '{f}', '{x}', array[sha256('x')],
      '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')`;
    await clients.token.query(misplaced, [[`main/grant/${newGrantId()}`]]);
    for (const stream of [agentStream(newId('ag')), 'main/config/main', 'grant', '']) {
      await expect(clients.token.query(misplaced, [[stream]])).rejects.toMatchObject(denied);
    }
  });

  it('may write the types that exist today, each by one service at least', async () => {
    const { rows } = await owner.query<{ prosrc: string }>(
      "select prosrc from pg_proc where pronamespace = 'es'::regnamespace and proname like 'append\\_%'",
    );
    const all = ['agent', 'iat', 'config', 'grant', 'key'].flatMap(typesOf);
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((type) => !rows.some(({ prosrc }) => prosrc.includes(`'${type}'`)))).toEqual([]);
  });

  describe.each(serviceRoles)('%s', (role) => {
    it('reads events and the revocation set', async () => {
      expect((await clients[role].query('select stream from es.event')).rowCount).toBeGreaterThan(0);
      await clients[role].query('select kind, id, t from es.revocation');
      await clients[role].query('select epoch from es.meta');
    });

    it.each([
      'update es.event set revision = revision',
      'delete from es.event',
      'truncate es.event',
      'insert into es.event select * from es.event limit 1',
      'insert into es.reservation values (0, gen_random_uuid(), 1)',
      'select from es.reservation',
      'delete from es.reservation',
      'delete from es.revocation',
      'update es.revocation set t = 0',
      "insert into es.revocation values (gen_random_uuid(), 'grant', 'x', 1, 1)",
      'update es.meta set epoch = 99',
      "select setval('es.clock', 1)",
      "select nextval('es.position')",
      'select es.begin_epoch()',
      'create table es.mine (x int)',
      'select from es.event_before_grants',
      'alter table es.event disable trigger all',
      "create or replace function es.now() returns timestamptz language sql as 'select now()'",
    ])('may not: %s', async (statement) => {
      await expect(clients[role].query(statement)).rejects.toMatchObject(denied);
    });

    it('keeps no statement, lock or idle transaction for long', async () => {
      const { rows } = await clients[role].query(
        "select current_setting('statement_timeout') s, current_setting('lock_timeout') l, current_setting('idle_in_transaction_session_timeout') i",
      );
      expect(rows).toEqual([{ s: '10s', l: '5s', i: '10s' }]);
    });

    it('is no superuser and makes neither roles nor databases', async () => {
      const { rows } = await owner.query(
        'select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles where rolname = $1',
        [databaseRole(role)],
      );
      expect(rows).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false, rolreplication: false }]);
    });
  });

  it.each(serviceRoles.filter((role) => role !== 'relay'))('%s keeps no house', async (role) => {
    await expect(clients[role].query('select es.ensure_partitions()')).rejects.toMatchObject(denied);
    await expect(clients[role].query('select es.truncate_ring()')).rejects.toMatchObject(denied);
  });

  it('relay keeps house', async () => {
    const { rows } = await clients.relay.query('select es.ensure_partitions() as made, es.truncate_ring() as emptied');
    expect(rows).toEqual([{ made: 0, emptied: 0 }]);
  });

  it('changes nothing by tables and functions of its own that have our names', async () => {
    const client = await database.connect('token');
    const before = (await appendByHand(client, 'token', [issue()])).at;
    await client.query(
      'create temp table event (like es.event); create temp table revocation (key uuid, t bigint, tx xid8); create temp table reservation (slot int, key uuid, taken_by bigint)',
    );
    await client.query(
      "create function pg_temp.clock_timestamp() returns timestamptz language sql as $$ select timestamptz '2001-01-01' $$",
    );
    await client.query("create function pg_temp.now() returns timestamptz language sql as $$ select timestamptz '2001-01-01' $$");
    await client.query("create function pg_temp.nextval(text) returns bigint language sql as 'select 1::bigint'");
    await client.query('set search_path = pg_temp, pg_catalog');
    const append = issue();
    const { at, outcomes } = await appendByHand(client, 'token', [append]);
    expect(at).toBeGreaterThan(before);
    expect(outcomes).toMatchObject([{ outcome: 'recorded' }]);
    expect((await owner.query('select from es.event where stream = $1', [append.streams[0]?.stream])).rowCount).toBe(1);
  });

  it('runs no code of its own with our rights: the search path is pinned', async () => {
    const pinned = 'set search_path = pg_catalog, pg_temp set plan';
    const trusting = await mutilated(owner, 'token', [[pinned, 'set plan']]);
    const attack = async (functionName?: string) => {
      const client = await database.connect('token');
      await client.query(
        "create function pg_temp.spy(pg_catalog.timestamptz) returns boolean language plpgsql as $$ begin raise exception 'ran as %', current_user; end $$",
      );
      await client.query('create domain pg_temp.timestamptz as pg_catalog.timestamptz check (value is null or pg_temp.spy(value))');
      await client.query('set search_path = pg_temp, pg_catalog');
      return appendByHand(client, 'token', [issue()], functionName);
    };
    expect((await attack()).words).toEqual(['recorded']);
    await expect(attack(trusting)).rejects.toThrow('ran as postgres');
  });

  it.each([
    ['update', 'update es.event set data = data'],
    ['delete', "delete from es.event where stream = 'main/agent/ag_1'"],
    ['truncate', 'truncate es.event'],
    ['delete from a partition', 'delete from es.event_before_grants'],
    ['update a partition', 'update es.event_before_grants set type = type'],
    ['truncate a partition', 'truncate es.event_before_grants'],
  ])('nobody can %s, the owner neither', async (_, statement) => {
    await expect(owner.query(statement)).rejects.toMatchObject({ code: '42501', message: 'events are never changed' });
  });

  it('nobody can truncate a month, the owner neither', async () => {
    const { rows } = await owner.query<{ leaf: string }>(
      "select relname as leaf from pg_class where relname like 'event\\_grant\\_____\\___'",
    );
    expect(rows.length).toBeGreaterThanOrEqual(4);
    for (const { leaf } of rows)
      await expect(owner.query(`truncate es.${leaf}`)).rejects.toMatchObject({ message: 'events are never changed' });
  });
});
