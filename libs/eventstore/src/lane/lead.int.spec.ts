import type { ChanceryEvent } from '@chancery/events';
import { freshDatabase, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseRole } from '../migrations/sql/roles.js';
import { movedClock } from '../moved-clock.js';
import { readCheckpoint } from '../projection/checkpoint.js';
import { type SpecStore, specStore } from '../reader/spec-store.js';
import type { Heartbeat, RevocationEntry } from './entry.js';
import { openRevocationLane, type RevocationLane } from './lane.js';
import type { LaneLead } from './lead.js';
import { RevocationSet } from './set.js';

type Heard = { readonly by: string; readonly entry: RevocationEntry } | { readonly by: string; readonly beat: Heartbeat };

let store: SpecStore;
/** What all replicas put on the topic that they share. */
let topic: Heard[];
const lanes: RevocationLane[] = [];

beforeEach(async () => {
  store = await specStore(await freshDatabase());
  topic = [];
});
afterEach(async () => {
  await Promise.all(lanes.splice(0).map((lane) => lane.stop()));
  await store.close();
});

let ids = 0;
const append = async (event: (id: string) => ChanceryEvent, category: 'agent' | 'iat', id = `s${(ids += 1)}`): Promise<string> => {
  await store.record(`main/${category}/${id}`, 0, [event(id)]);
  return id;
};
/** An entry that is over after 16 minutes. */
const suspend = () => append((agentId) => ({ type: 'agent.suspended', agentId, reason: 'a spec', by: 'system' }), 'agent');
/** Entries that are never over, from a while ago. */
const keysRevoked = async (secondsAgo: number, count: number): Promise<string[]> => {
  const made = Array.from({ length: count }, () => `k${(ids += 1)}`);
  await store.client.query(
    `insert into es.revocation (key, kind, id, t, position, at)
     select gen_random_uuid(), 'key', id, 9223372036854775807, nextval('es.position'), es.now() - make_interval(secs => $2) from unnest($1::text[]) id`,
    [made, secondsAgo],
  );
  return made;
};
const keyRevoked = async (secondsAgo: number): Promise<string> => (await keysRevoked(secondsAgo, 1))[0] ?? '';

interface Replica {
  readonly lane: RevocationLane;
  readonly troubles: unknown[];
  /** Its publishing hangs until this is called, or the signal aborts. */
  hang(): () => void;
}

function replica(by: string, lead: Partial<LaneLead> = {}): Replica {
  const login = new URL(store.url);
  login.username = databaseRole('relay');
  const troubles: unknown[] = [];
  let gate: Promise<void> | undefined;
  const put = async (heard: readonly Heard[], signal: AbortSignal) => {
    if (gate) await Promise.race([gate, new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))]);
    signal.throwIfAborted();
    topic.push(...heard);
  };
  const lane = openRevocationLane({
    url: login.href,
    lead: { url: login.href, markEvery: 20, ...lead },
    onEntries: (entries, signal) =>
      put(
        entries.map((entry) => ({ by, entry })),
        signal,
      ),
    onHeartbeat: (beat, signal) => put([{ by, beat }], signal),
    beatEvery: 40,
    pollEvery: 20,
    onTrouble: (error) => void troubles.push(error),
  });
  lanes.push(lane);
  return {
    lane,
    troubles,
    hang: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
  };
}

const entriesBy = (by: string) => topic.flatMap((one) => ('entry' in one && one.by === by ? [one.entry.id] : []));
const idAt = (index: number) => (topic[index] as { entry: RevocationEntry }).entry.id;
const beatsBy = (by: string) => topic.flatMap((one) => ('beat' in one && one.by === by ? [one.beat] : []));
const mark = async () => Number((await readCheckpoint(store.client, 'revocation-lane')).position);
const now = async () => {
  const { rows } = await store.client.query<{ now: string }>('select (extract(epoch from es.now()) * 1000000)::bigint as now');
  return Number(rows[0]?.now);
};

/** Whoever beats: a reader who applied all that came before holds just what the beat says. */
function expectNoBeatAhead(): void {
  const set = new RevocationSet();
  const recounted = topic.map((one) => ('entry' in one ? (set.apply(one.entry), one) : { ...one, beat: set.beat(one.beat.through) }));
  expect(recounted).toEqual(topic);
}

describe('the lane of several replicas', () => {
  it('is published by one of them, and read by all', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await waitFor(() => a.lane.leading() || b.lane.leading());
    const [leader, other] = a.lane.leading() ? ['a', 'b'] : ['b', 'a'];
    const id = await suspend();
    await waitFor(() => entriesBy(leader).includes(id) && beatsBy(leader).length > 3);
    await waitFor(() => [a, b].every(({ lane }) => lane.page().entries.some((entry) => entry.id === id)));
    expect([entriesBy(other), beatsBy(other), a.lane.leading() && b.lane.leading()]).toEqual([[], [], false]);
    expectNoBeatAhead();
  });

  it('begins with everything when nobody has led before, and beats only then', async () => {
    const known = [await keyRevoked(86_400), await suspend()];
    const a = replica('a');
    await waitFor(() => beatsBy('a').length > 1);
    expect(entriesBy('a').toSorted()).toEqual(known.toSorted());
    expectNoBeatAhead();
    expect(a.troubles).toEqual([]);
  });

  it('is taken over with what the predecessor could not publish, before anything is said to be complete', async () => {
    const a = replica('a');
    const first = await suspend();
    await waitFor(() => entriesBy('a').includes(first) && beatsBy('a').length > 1);
    const b = replica('b');
    await waitFor(() => b.lane.status().loaded);
    a.hang();
    const left = await suspend();
    await waitFor(() => b.lane.page().entries.some(({ id }) => id === left));
    expect(entriesBy('a')).not.toContain(left);
    await a.lane.stop();
    await waitFor(() => beatsBy('b').length > 0);
    // All of the last minute: nobody knows which of it was on its way.
    expect(entriesBy('b')).toEqual(expect.arrayContaining([first, left]));
    expect(entriesBy('a')).not.toContain(left);
    expectNoBeatAhead();
    expect(topic.findIndex((one) => 'beat' in one && one.by === 'b')).toBeGreaterThan(
      topic.findIndex((one) => 'entry' in one && one.entry.id === left),
    );
  });

  it('is published no more by who lost the lead, whatever it had in hand', async () => {
    const a = replica('a');
    await waitFor(() => beatsBy('a').length > 0);
    const b = replica('b');
    await waitFor(() => b.lane.status().loaded);
    const goOn = a.hang();
    const id = await suspend();
    await waitFor(() => a.lane.page().entries.some((entry) => entry.id === id));
    const before = topic.length;
    // Whoever is quicker gets it next; the term that hung is over in any case.
    await store.endSessions('chancery leader revocation-lane');
    await waitFor(() => a.troubles.some((trouble) => String(trouble).includes('lost the lead')));
    await waitFor(() => a.lane.leading() || b.lane.leading());
    goOn();
    await waitFor(() => topic.slice(before).some((one) => 'beat' in one));
    expect(topic.slice(before).filter((one) => 'entry' in one && one.entry.id === id)).toHaveLength(1);
    expectNoBeatAhead();
  });

  it('says for its successors how far all is published, and they begin a minute before', async () => {
    const [old, recent] = [await keyRevoked(3_600), await keyRevoked(30)];
    const a = replica('a');
    await waitFor(() => beatsBy('a').length > 1);
    const answered = await now();
    await waitFor(async () => (await mark()) >= answered);
    await a.lane.stop();
    replica('b');
    const late = await suspend();
    await waitFor(() => entriesBy('b').includes(late) && beatsBy('b').length > 0);
    const firstBeat = topic.findIndex((one) => 'beat' in one && one.by === 'b');
    const beforeIt = topic.slice(0, firstBeat).flatMap((one) => ('entry' in one && one.by === 'b' ? [one.entry.id] : []));
    expect(beforeIt).toContain(recent);
    expect(beforeIt).not.toContain(old);
    // In the background, the whole set.
    await waitFor(() => entriesBy('b').includes(old));
    expect(entriesBy('b').filter((id) => id === old)).toHaveLength(1);
  });

  it('never calls what waits for the bus published', async () => {
    const a = replica('a');
    await waitFor(async () => (await mark()) > 0);
    const goOn = a.hang();
    const id = await suspend();
    await waitFor(() => a.lane.page().entries.some((entry) => entry.id === id));
    const answered = await now();
    // Long enough for several marks, were they made: each look at the store comes with a chance to.
    const seen = a.lane.status().beat?.through ?? 0;
    await waitFor(() => (a.lane.status().beat?.through ?? 0) > seen + 300_000);
    expect(await mark()).toBeLessThan(answered);
    goOn();
    await waitFor(async () => (await mark()) > answered);
    expect(entriesBy('a')).toContain(id);
  });

  it('steps down when the mark shows that another one has led', async () => {
    const a = replica('a');
    await waitFor(async () => (await mark()) > 0);
    await store.client.query(`update es.leader set generation = 99 where name = 'revocation-lane'`);
    await waitFor(() => a.troubles.some((trouble) => String(trouble).includes('lost the lead')));
    await waitFor(() => a.lane.leading());
    const { rows } = await store.client.query<{ generation: string }>(`select generation from es.leader where name = 'revocation-lane'`);
    expect(rows[0]?.generation).toBe('100');
  });

  it('begins with everything in a store that was restored: what was marked was of another one', async () => {
    const old = await keyRevoked(3_600);
    const a = replica('a');
    await waitFor(async () => (await mark()) > 0);
    await a.lane.stop();
    await store.client.query('select es.begin_epoch()');
    replica('b');
    await waitFor(() => beatsBy('b').length > 0);
    const firstBeat = topic.findIndex((one) => 'beat' in one && one.by === 'b');
    expect(topic.slice(0, firstBeat).some((one) => 'entry' in one && one.by === 'b' && one.entry.id === old)).toBe(true);
  });

  it('publishes the whole set again now and then, page by page, while it beats and new entries go first', async () => {
    const keys = new Set(await keysRevoked(3_600, 3_000));
    const over = await suspend();
    const a = replica('a', { republishEvery: 1_000 });
    await waitFor(() => beatsBy('a').length > 0);
    expect(new Set(entriesBy('a'))).toEqual(new Set([...keys, over]));
    // It has 30 s left: no record needs it any more, and a gateway whose T is ahead would call it a replay.
    await store.client.query(movedClock(930));
    const first = topic.length;
    const again = () => topic.slice(first).flatMap((one, index) => ('entry' in one && keys.has(one.entry.id) ? [index] : []));
    await waitFor(() => again().length > 0);
    const fresh = await suspend();
    await waitFor(() => again().length >= 3_000);
    const [begun = 0, done = 0] = [again()[0], again()[2_999]];
    const meanwhile = topic.slice(first + begun, first + done);
    expect(new Set([...again()].slice(0, 3_000).map((index) => idAt(first + index)))).toEqual(keys);
    expect(meanwhile.filter((one) => 'beat' in one).length).toBeGreaterThan(1);
    expect(meanwhile.filter((one) => 'entry' in one && one.entry.id === fresh)).toHaveLength(1);
    expect(entriesBy('a').filter((id) => id === over)).toHaveLength(1);
    expectNoBeatAhead();
    expect(a.troubles).toEqual([]);
  });
});
