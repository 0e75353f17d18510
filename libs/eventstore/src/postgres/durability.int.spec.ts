import { temporaryFolder, waitFor } from '@chancery/testing';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatEventId } from '../append/event-id.js';
import { grantStream, issue } from '../contract-suite/appends.js';
import { appendByHand } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId } from '../contract-suite/sample-events.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/index.js';
import { reservation } from '../keys.js';
import { openEventStore, type PostgresEventStore } from './open-event-store.js';

describe('what was answered as recorded', () => {
  const folder = temporaryFolder();
  let server: EmbeddedPostgres;
  let database: StoreDatabase;
  let replicas: PostgresEventStore[];
  beforeAll(async () => {
    server = await startEmbeddedPostgres({ dataDir: join(folder.path, 'data'), auth: 'trust' });
    database = await storeDatabase(server.url);
    replicas = await Promise.all([0, 1].map(() => openEventStore({ url: database.as('token'), role: 'token' })));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((store) => store.close()));
    await database.close();
    await server.stop();
    folder.remove();
  });

  it('is kept by a server with production settings', async () => {
    const owner = await database.connect();
    const { rows } = await owner.query(
      "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name",
    );
    expect(rows).toEqual(['fsync', 'full_page_writes', 'synchronous_commit'].map((name) => ({ name, setting: 'on' })));
    const lane = await database.connect('token');
    expect((await lane.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('is there after kill -9 of PostgreSQL under load, once, and its reservation is spent', async () => {
    const recorded = new Map<string, { id: string; end: number; at: number }>();
    let refused = 0;
    for (let round = 0; round < 3; round++) {
      const enough = recorded.size + 400;
      // Known once it is killed: a quick machine may have recorded any number until then, and some have to be recorded after it.
      let goal = Infinity;
      const caller = async (nth: number) => {
        while (recorded.size < goal) {
          const [grantId, id] = [newGrantId(), newId('r')];
          const store = replicas[nth % replicas.length] as PostgresEventStore;
          const end = Math.floor(store.now()) + 300;
          try {
            const outcome = await store.append(issue({ reserve: [reservation('proof', [id], end)] }, grantId));
            if (outcome.outcome === 'recorded') recorded.set(grantId, { id, end, at: outcome.at });
          } catch {
            refused++;
            await waitFor(() => store.healthy());
          }
        }
      };
      const callers = Promise.all(Array.from({ length: 32 }, (_, nth) => caller(nth)));
      await waitFor(() => recorded.size >= enough);
      process.kill(server.pid(), 'SIGKILL');
      goal = recorded.size + 100;
      await callers;
    }
    const owner = await database.connect();
    const stored = await owner.query<{ stream: string }>("select stream from es.event where type = 'grant.token-issued'");
    const streams = stored.rows.map(({ stream }) => stream);
    expect(new Set(streams).size).toBe(streams.length);
    expect([...recorded.keys()].filter((grantId) => !streams.includes(grantStream(grantId)))).toEqual([]);
    const { rows: mark } = await owner.query(
      'select last_value >= (select max((extract(epoch from at) * 1000000)::bigint) from es.event) as ahead from es.clock',
    );
    expect(mark).toEqual([{ ahead: true }]);
    const replays = [...recorded.values()].slice(-200).map(({ id, end }) => issue({ reserve: [reservation('proof', [id], end)] }));
    expect(new Set((await appendByHand(owner, 'token', replays)).words)).toEqual(new Set(['reserved']));
    // An append in flight at a kill is settled or refused; that some were refused shows that the load met the kills.
    expect(refused).toBeGreaterThan(0);
  }, 120_000);

  it('keeps the exact bytes that were written, with their digest', async () => {
    const owner: pg.Client = await database.connect();
    const grantId = newGrantId();
    const append = issue({}, grantId);
    await (replicas[0] as PostgresEventStore).append(append);
    const { rows } = await owner.query(
      'select id, data, digest, sha256(data) as again, version, fence, type from es.event where stream = $1',
      [grantStream(grantId)],
    );
    const { type, ...data } = append.streams[0]?.events[0] ?? { type: '' };
    expect(rows[0].data.toString('utf8')).toBe(JSON.stringify(data));
    expect(rows[0].digest).toEqual(rows[0].again);
    expect(rows[0]).toMatchObject({ type, version: 1, fence: false });
    expect(formatEventId(Buffer.from((rows[0].id as string).replaceAll('-', ''), 'hex'))).toBe(rows[0].id);
  });
});
