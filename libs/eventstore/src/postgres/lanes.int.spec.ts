import { freshDatabase, waitFor } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, exchange, grantStream, issue, register, revokeGrant, suspend } from '../contract-suite/appends.js';
import { somebodyWaits } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId } from '../contract-suite/sample-events.js';
import { StoreUnavailable, type AppendOutcome, type Fold } from '../contract.js';
import { openEventStore, type OpenEventStoreOptions, type PostgresEventStore } from './open-event-store.js';

/** A call takes one base of positions, 4 096 apart. */
const callsOf = (outcomes: readonly AppendOutcome[]) =>
  new Set(outcomes.map((outcome) => (outcome.outcome === 'recorded' ? outcome.position / 4096n : -1n))).size;

const guarded = () => issue({ notRevoked: [{ kind: 'agent', id: 'ag_1' }] });

describe('a store', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  const stores: PostgresEventStore[] = [];
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    owner = await database.connect();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.close();
  });

  const open = async (options: Partial<OpenEventStoreOptions> = {}) => {
    const role = options.role ?? 'token';
    const store = await openEventStore({ url: database.as(role), role, ...options });
    stores.push(store);
    return store;
  };
  /** Stops every append that has a guard, until `commit`. */
  const gate = async () => {
    const holder = await database.connect();
    await holder.query('begin; select pg_advisory_xact_lock(7, n) from generate_series(0, 1023) n');
    return holder;
  };
  it('knows the time as soon as it is open', async () => {
    const { rows } = await owner.query('select extract(epoch from es.now()) as now');
    const seconds = (await open()).now();
    expect(seconds).toBeGreaterThan(Number(rows[0].now));
    expect(seconds).toBeLessThan(Number(rows[0].now) + 5);
  });

  it('sends what arrives while a call is in flight together in the next', async () => {
    const store = await open({ lanes: 1 });
    const holder = await gate();
    const first = store.append(guarded());
    await somebodyWaits(owner, 'advisory');
    const rest = Array.from({ length: 100 }, () => store.append(issue()));
    await holder.query('commit');
    expect(callsOf([await first, ...(await Promise.all(rest))])).toBe(2);
  });

  it('sends no more in one call than it was told', async () => {
    const store = await open({ lanes: 1, batch: 10 });
    expect(callsOf(await Promise.all(Array.from({ length: 95 }, () => store.append(issue()))))).toBe(10);
  });

  it('has one append to a stream in flight, whatever the lanes', async () => {
    const store = await open({ lanes: 3, role: 'registration' });
    const agentId = newId('ag');
    const appends = [register(agentId), suspend(agentId, 1)];
    const answers = await Promise.all(appends.map((append) => store.append(append)));
    expect(answers.map(({ outcome }) => outcome)).toEqual(['recorded', 'recorded']);
    expect(callsOf(answers)).toBe(2);
    expect((await store.read(agentStream(agentId))).map(({ event }) => event.type)).toEqual(['agent.registered', 'agent.suspended']);
  });

  it('goes on with other lanes while one waits', async () => {
    const store = await open({ lanes: 2 });
    const holder = await gate();
    const waiting = store.append(guarded());
    await somebodyWaits(owner, 'advisory');
    expect(await store.append(issue())).toMatchObject({ outcome: 'recorded' });
    await holder.query('commit');
    expect(await waiting).toMatchObject({ outcome: 'recorded' });
  });

  it('opens a lane again that the server ended, before anybody needs it', async () => {
    const store = await open({ role: 'exchange', lanes: 1 });
    await store.append(exchange());
    const ours = "from pg_stat_activity where application_name = 'chancery exchange' and datname = current_database()";
    await owner.query(`select pg_terminate_backend(pid, 5000) ${ours}`);
    await waitFor(async () => (await owner.query(`select ${ours}`)).rowCount);
    expect(await store.append(exchange())).toMatchObject({ outcome: 'recorded' });
    await store.close();
  });

  it('is slower and never stuck with fewer connections than callers', async () => {
    const store = await open({ role: 'exchange', lanes: 2, readers: 7 });
    const count: Fold<number> = { initial: 0, evolve: (sum) => sum + 1 };
    const grantId = newGrantId();
    await store.append(exchange(grantId));
    const holder = await database.connect();
    await holder.query('begin; lock table es.event in access exclusive mode');
    const callers = Promise.all(
      Array.from(
        { length: 256 },
        async () => [await store.fold(grantStream(grantId), count, 'fresh'), await store.append(exchange())] as const,
      ),
    );
    await somebodyWaits(owner, 'relation', 7);
    await holder.query('commit');
    for (const [folded, answer] of await callers) expect([folded.state, answer.outcome]).toEqual([1, 'recorded']);
    const { rows } = await owner.query(
      "select count(*)::int as n from pg_stat_activity where application_name = 'chancery exchange' and datname = current_database()",
    );
    expect(rows[0].n).toBeLessThanOrEqual(10);
  });

  it('tells its own process and others what it recorded', async () => {
    const store = await open();
    const heard: { revoked: boolean }[] = [];
    const notices: string[] = [];
    const listener = await database.connect();
    listener.on('notification', ({ channel }) => notices.push(channel));
    await listener.query('listen chancery_events; listen chancery_revocations');
    const stop = store.onRecorded((recorded) => heard.push(recorded));
    const grantId = newGrantId();
    await store.append(issue({}, grantId));
    await waitFor(() => notices.includes('chancery_events'));
    expect(heard).toEqual([{ revoked: false }]);
    expect(notices).not.toContain('chancery_revocations');
    await store.append(revokeGrant(grantId));
    await waitFor(() => notices.includes('chancery_revocations'));
    expect(heard).toEqual([{ revoked: false }, { revoked: true }]);
    stop();
    await store.append(revokeGrant(grantId, 5)); // stale: nothing to tell
    await store.append(issue());
    expect(heard).toHaveLength(2);
    const { rows } = await owner.query("select proname from pg_proc where pronamespace = 'es'::regnamespace and prosrc ~* 'notify'");
    expect(rows).toEqual([]);
  });

  it('coalesces its notices: very many appends, few of them', async () => {
    const store = await open();
    const notices: string[] = [];
    const listener = await database.connect();
    listener.on('notification', ({ channel }) => notices.push(channel));
    await listener.query('listen chancery_events');
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, () => store.append(issue())));
    await waitFor(() => notices.length > 0);
    expect(notices.length).toBeLessThan(20);
  });

  it('answers what it has and takes no more when it closes', async () => {
    const store = await open({ lanes: 1 });
    const holder = await gate();
    const inFlight = store.append(guarded());
    await somebodyWaits(owner, 'advisory');
    const waiting = [inFlight, store.append(issue())];
    const closed = store.close();
    await expect(store.append(issue())).rejects.toThrow(StoreUnavailable);
    await holder.query('commit');
    expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toEqual(['recorded', 'recorded']);
    await closed;
    await store.close();
  });

  it('does not send what its role may not write', async () => {
    const store = await open();
    await expect(store.append(register())).rejects.toThrow(new TypeError('token does not write agent.registered'));
  });
});
