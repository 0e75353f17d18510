import type { ChanceryEvent } from '@chancery/events';
import { freshDatabase, startTcpProxy, waitFor } from '@chancery/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { prepareAppend } from '../append/prepared.js';
import { movedClock } from '../moved-clock.js';
import { batchCall } from '../postgres/batch-call.js';
import { migrate } from '../postgres/migrate.js';
import { beginning } from '../reader/cursor.js';
import { readOrdered } from '../reader/read-ordered.js';
import type { Heartbeat, RevocationEntry } from './entry.js';
import { openRevocationLane, type RevocationLane, type RevocationLaneOptions } from './lane.js';
import { Round } from './round.js';
import { RevocationSet } from './set.js';

let url: string;
let client: pg.Client;
const lanes: RevocationLane[] = [];

beforeAll(async () => {
  url = await freshDatabase();
  await migrate({ url });
  client = new pg.Client({ connectionString: url });
  await client.connect();
});
afterEach(() => Promise.all(lanes.splice(0).map((lane) => lane.stop())));
afterAll(() => client.end());

let agents = 0;
const suspend = async (by: pg.Client, agentId = `a${(agents += 1)}`, expected = 0): Promise<string> => {
  const event: ChanceryEvent = { type: 'agent.suspended', agentId, reason: 'a spec', by: 'system' };
  const append = prepareAppend({ streams: [{ stream: `main/agent/${agentId}`, expected, events: [event] }] });
  await by.query(batchCall('registration', [append]));
  return agentId;
};
const now = async (): Promise<number> => {
  const { rows } = await client.query<{ now: string }>('select (extract(epoch from es.now()) * 1000000)::bigint as now');
  return Number(rows[0]?.now);
};

/** What a gateway hears. */
function follow(options: Partial<RevocationLaneOptions> = {}) {
  const heard: (RevocationEntry | Heartbeat)[] = [];
  const lane = openRevocationLane({
    url,
    onEntries: (entries) => void heard.push(...entries),
    onHeartbeat: (beat) => void heard.push(beat),
    beatEvery: 50,
    pollEvery: 20,
    ...options,
  });
  lanes.push(lane);
  const entries = () => heard.filter((one): one is RevocationEntry => 'kind' in one);
  const beats = () => heard.filter((one): one is Heartbeat => 'digest' in one);
  return { lane, heard, entries, beats, ids: () => entries().map(({ id }) => id) };
}

describe('the revocation lane', () => {
  it('gives out the whole set first, then each entry once, as soon as it is committed', async () => {
    const before = await suspend(client);
    const follower = follow();
    await waitFor(() => follower.ids().includes(before));
    const after = await suspend(client);
    await waitFor(() => follower.ids().includes(after));
    const beats = follower.beats().length;
    await waitFor(() => follower.beats().length > beats + 1);
    expect(new Set(follower.ids()).size).toBe(follower.ids().length);
    expect(follower.lane.set.get('agent', after)).toMatchObject({ kind: 'agent', id: after, t: expect.any(Number) });
  });

  it('says of an entry what the store says: T rounded up, position and time of its event', async () => {
    const id = await suspend(client);
    const { rows } = await client.query<{ position: string; at: string }>(
      'select position, (extract(epoch from at) * 1000000)::bigint as at from es.event where stream = $1',
      [`main/agent/${id}`],
    );
    const at = Number(rows[0]?.at);
    const follower = follow();
    const entry = await waitFor(() => follower.entries().find((one) => one.id === id));
    expect(entry).toEqual({ kind: 'agent', id, t: Math.floor(at / 1_000_000) + 1, position: BigInt(rows[0]?.position ?? 0), at });
  });

  it('beats with a T through which everything answered has been given out, and the digest of just that', async () => {
    const follower = follow();
    for (let n = 0; n < 5; n++) {
      await suspend(client);
      const answered = await now();
      await waitFor(() => follower.beats().some(({ through }) => through >= answered));
    }
    const through = follower.beats().map((beat) => beat.through);
    expect(through).toEqual(through.toSorted((a, b) => a - b));
    const set = new RevocationSet();
    const recounted = follower.heard.map((one) => ('kind' in one ? (set.apply(one), one) : set.beat(one.through)));
    expect(recounted).toEqual(follower.heard);
    const last = follower.beats().at(-1);
    const { rows } = await client.query<{ n: string }>('select count(*) as n from es.revocation');
    expect(last?.entries).toBe(Number(rows[0]?.n));
  });

  it('takes T before it looks, so that what is answered in between is not called published', async () => {
    const round = new Round();
    let statements = 0;
    let between: { id: string; answered: number } | undefined;
    await round.ask({
      async query(text, values) {
        const answer = await client.query(text, values ?? []);
        if (statements++ === 0) between = { id: await suspend(client), answered: await now() };
        return answer;
      },
    });
    const held = round.set.get('agent', between?.id ?? '') !== undefined;
    expect(held || round.beat().through < (between?.answered ?? 0)).toBe(true);
    expect([statements, between?.id]).toEqual([2, expect.any(String)]);
  });

  it('is held up by no writer that stays open, while the ordered reader is; and gives that one out when it commits', async () => {
    const slow = new pg.Client({ connectionString: url });
    await slow.connect();
    const follower = follow();
    await slow.query('begin');
    const late = await suspend(slow);
    const quick = await suspend(client);
    await waitFor(() => follower.ids().includes(quick));
    const answered = await now();
    await waitFor(() => follower.beats().some(({ through }) => through >= answered));
    const { events } = await readOrdered(client, beginning, { limit: 1_000 });
    expect(events.map(({ stream }) => stream)).not.toContain(`main/agent/${quick}`);
    expect(follower.ids()).not.toContain(late);
    await slow.query('commit');
    await waitFor(() => follower.ids().includes(late));
    expect(follower.ids().filter((id) => id === quick)).toEqual([quick]);
    await slow.end();
  });

  it('hears of a revocation of another process by its notice, without waiting for the poll', async () => {
    const follower = follow({ pollEvery: 3_600_000, beatEvery: 3_600_000 });
    await waitFor(() => follower.lane.status().loaded);
    const id = await suspend(client);
    // Notices that come before it listens are the reason for the poll; here it has long since.
    await client.query('notify chancery_revocations');
    await waitFor(() => follower.ids().includes(id));
  });

  it('hears of what its own process revoked, and is not woken by what revoked nothing', async () => {
    let recorded: ((what: { revoked: boolean }) => void) | undefined;
    const onRecorded = (listener: NonNullable<typeof recorded>) => {
      recorded = listener;
      return () => {};
    };
    const follower = follow({ pollEvery: 3_600_000, beatEvery: 3_600_000, onRecorded });
    await waitFor(() => follower.lane.status().loaded);
    const id = await suspend(client);
    const checked = follower.lane.status().checkedThrough;
    recorded?.({ revoked: false });
    expect(follower.lane.status().checkedThrough).toBe(checked);
    recorded?.({ revoked: true });
    await waitFor(() => follower.ids().includes(id));
  });

  it('gives entries out again when they could not be published, and does not beat before', async () => {
    const id = await suspend(client);
    let broken = true;
    const follower = follow({
      async onEntries(entries) {
        if (broken) throw new Error('the bus is away');
        follower.heard.push(...entries);
      },
    });
    await waitFor(() => follower.lane.page().entries.some((entry) => entry.id === id));
    await suspend(client);
    await waitFor(() => follower.lane.status().loaded);
    expect(follower.beats()).toEqual([]);
    broken = false;
    await waitFor(() => follower.beats().length > 0);
    expect(follower.ids()).toContain(id);
  });

  it('says that the store is away, keeps serving with the old T, and goes on when it is back', async () => {
    const server = new URL(url);
    const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
    server.port = String(proxy.port);
    const follower = follow({ url: server.href });
    await waitFor(() => follower.lane.status().loaded);
    expect(follower.lane.status().storeAway).toBe(false);
    await proxy.refuse();
    await waitFor(() => follower.lane.status().storeAway);
    const { beat } = follower.lane.status();
    const id = await suspend(client);
    expect(follower.lane.status().beat?.through).toBe(beat?.through);
    expect(follower.lane.page().entries.length).toBe(beat?.entries);
    await proxy.accept();
    await waitFor(() => follower.ids().includes(id));
    expect(follower.lane.status().storeAway).toBe(false);
    await follower.lane.stop();
    await proxy.close();
  });

  it('drops entries from set, digest and feed when no token they could hit is alive', async () => {
    const id = await suspend(client);
    const follower = follow();
    await waitFor(() => follower.lane.set.get('agent', id));
    await client.query(movedClock(961));
    await waitFor(() => !follower.lane.set.get('agent', id));
    expect(follower.lane.page().entries.map((entry) => entry.id)).not.toContain(id);
    const late = follow();
    await waitFor(() => late.lane.status().loaded);
    expect(late.lane.status().beat).toMatchObject({ entries: 0, digest: '0'.repeat(64) });
  });
});
