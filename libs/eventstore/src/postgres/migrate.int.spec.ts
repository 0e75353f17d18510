import { freshDatabase, temporaryFolder } from '@chancery/testing';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { issue, register } from '../contract-suite/appends.js';
import { appendByHand } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/index.js';
import { migrate } from './migrate.js';
import { openEventStore } from './open-event-store.js';
import { StoreUnusable } from './usable.js';

/** A read model of some service, as it would bring one. */
class ReadModel implements MigrationInterface {
  readonly name = 'ReadModel1700000000000';
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create table public.agent_list (id text primary key)');
  }
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table public.agent_list');
  }
}

const query = async (url: string, text: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};

describe('a migration', () => {
  it('may be started many times at once, on several databases of a cluster, and again later', async () => {
    const urls = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()]);
    await Promise.all(urls.flatMap((url) => [migrate({ url }), migrate({ url }), migrate({ url })]));
    for (const url of urls) {
      await migrate({ url });
      expect(await query(url, 'select count(*)::int as n from es.migration group by name having count(*) > 1')).toEqual([]);
    }
  });

  it('brings the read models of services, each once', async () => {
    const url = await freshDatabase();
    await migrate({ url });
    await migrate({ url, migrations: [ReadModel] });
    await migrate({ url, migrations: [ReadModel] });
    expect(await query(url, 'select id from public.agent_list')).toEqual([]);
    expect(await query(url, "select count(*)::int as n from es.migration where name = 'ReadModel1700000000000'")).toEqual([{ n: 1 }]);
  });

  it('keeps what is recorded, and a moved clock of a test', async () => {
    const database = await storeDatabase(await freshDatabase());
    const owner = await database.connect();
    await database.moveClock(1000);
    await appendByHand(owner, 'token', [issue()]);
    await migrate({ url: database.url });
    expect((await owner.query('select from es.event')).rowCount).toBe(1);
    const [row] = (await owner.query('select extract(epoch from es.now() - clock_timestamp()) as moved')).rows;
    expect(Number(row.moved)).toBeCloseTo(1000, 0);
    await database.close();
  });

  it('renews a function that somebody changed', async () => {
    const database = await storeDatabase(await freshDatabase());
    const owner = await database.connect();
    const [{ definition }] = (await owner.query("select pg_get_functiondef('es.append_exchange'::regproc) as definition")).rows;
    await owner.query((definition as string).replace('grant.token-exchanged', 'grant.something-else'));
    await migrate({ url: database.url });
    expect((await owner.query("select pg_get_functiondef('es.append_exchange'::regproc) as definition")).rows[0].definition).toBe(
      definition,
    );
    await database.close();
  });
});

describe('a start is refused', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    owner = await database.connect();
    await appendByHand(owner, 'registration', [register()]);
  });
  afterAll(() => database.close());

  it('when the lock table has no room for the lanes', async () => {
    await expect(migrate({ url: database.url, lanes: 10_000 })).rejects.toThrow(StoreUnusable);
    await expect(migrate({ url: database.url, lanes: 10_000 })).rejects.toThrow(/max_locks_per_transaction = \d+/);
    await expect(openEventStore({ url: database.as('token'), role: 'token', lanes: 500, readers: 1 })).rejects.toThrow(StoreUnusable);
    await migrate({ url: database.url, lanes: 12 });
  });

  it('on a restored database, whose transactions are behind its newest event, until a new epoch begins', async () => {
    await owner.query(
      `insert into es.event (position, epoch, tx, revision, version, fence, id, at, stream, type, digest, data)
         select 99999, epoch, '4611686018427387904', 1, 1, false, gen_random_uuid(), now(), 'main/agent/restored', 'agent.registered', sha256(''), '' from es.meta`,
    );
    await expect(migrate({ url: database.url })).rejects.toThrow(/es\.begin_epoch/);
    await expect(openEventStore({ url: database.as('token'), role: 'token' })).rejects.toThrow(StoreUnusable);
    expect((await owner.query('select es.begin_epoch() as epoch')).rows).toEqual([{ epoch: 2 }]);
    await migrate({ url: database.url });
    const store = await openEventStore({ url: database.as('token'), role: 'token' });
    expect(await store.append(issue())).toMatchObject({ outcome: 'recorded' });
    await store.close();
    expect((await owner.query('select epoch, count(*)::int as n from es.event group by epoch order by epoch')).rows).toEqual([
      { epoch: 1, n: 2 },
      { epoch: 2, n: 1 },
    ]);
  });
});

describe("roles' passwords", () => {
  const folder = temporaryFolder();
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    server = await startEmbeddedPostgres({ dataDir: join(folder.path, 'data'), auth: 'scram-sha-256', volatile: true });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const as = (password: string) => {
    const url = new URL(server.url);
    url.username = 'chancery_token';
    url.password = password;
    return url.href;
  };

  it('open the role they were set for, stay when none is given, and change when another is', async () => {
    const [first, second] = ['first-password-of-token', 'second-password-of-token'];
    await migrate({ url: server.url, passwords: { token: first } });
    await migrate({ url: server.url });
    const store = await openEventStore({ url: as(first), role: 'token' });
    expect(await store.append(issue())).toMatchObject({ outcome: 'recorded' });
    await store.close();
    await expect(openEventStore({ url: as(second), role: 'token' })).rejects.toMatchObject({ code: '28P01' });
    await migrate({ url: server.url, passwords: { token: second } });
    await expect(openEventStore({ url: as(first), role: 'token' })).rejects.toMatchObject({ code: '28P01' });
    await (await openEventStore({ url: as(second), role: 'token' })).close();
  });

  it('stand in no statement: the database sees their verifier', async () => {
    const password = 'never-in-a-statement-0';
    await migrate({ url: server.url, passwords: { audit: password } });
    const [row] = await query(server.url, "select rolpassword from pg_authid where rolname = 'chancery_audit'");
    expect(row.rolpassword).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$/);
    await expect(migrate({ url: server.url, passwords: { audit: 'short' } })).rejects.toThrow(TypeError);
    await expect(migrate({ url: server.url, passwords: { audit: "sixteen'; drop table" } })).rejects.toThrow(TypeError);
  });
});
