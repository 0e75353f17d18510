import { freshDatabase, waitFor } from '@chancery/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginning } from './cursor.js';
import { type Doorbell, openDoorbell } from './doorbell.js';
import { type SpecStore, specStore } from './spec-store.js';
import type { ReaderStopped } from './stored-event.js';
import { tail, type Tail, type TailOptions } from './tail.js';

const closing: (() => Promise<unknown>)[] = [];
let store: SpecStore;
let pool: pg.Pool;

beforeEach(async () => {
  store = await specStore(await freshDatabase());
  pool = new pg.Pool({ connectionString: store.url, max: 2, application_name: 'tail spec' });
  pool.on('error', () => {});
  closing.push(() => pool.end(), store.close);
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => undefined);

interface Follower {
  readonly seen: string[];
  readonly stops: ReaderStopped[];
  readonly tail: Tail;
}

function follow(options: Partial<TailOptions> = {}): Follower {
  const seen: string[] = [];
  const stops: ReaderStopped[] = [];
  const following = tail({
    queryable: pool,
    after: beginning,
    pollEvery: 20,
    onEvents: (events) => void seen.push(...events.map(({ stream, revision }) => `${stream}@${revision}`)),
    onStopped: (error) => void stops.push(error),
    ...options,
  });
  closing.push(() => following.stop());
  return { seen, stops, tail: following };
}

const ring = (): Doorbell => {
  const doorbell = openDoorbell({ url: store.url });
  closing.push(() => doorbell.close());
  return doorbell;
};

describe('a tail of the store', () => {
  it('delivers what is there, then what comes, in order, and only the categories asked for', async () => {
    await store.resume('a1', 0, 3);
    const all = follow({ limit: 2 });
    const iats = follow({ limit: 2, categories: ['iat'] });
    await waitFor(() => all.seen.length === 3);
    await store.record('main/iat/i1', 0, [{ type: 'iat.revoked', iatId: 'i1', reason: 'a spec', by: 'system' }]);
    await store.resume('a1', 3);
    await waitFor(() => all.seen.length === 5 && iats.seen.length === 1);
    expect(all.seen).toEqual(['main/agent/a1@1', 'main/agent/a1@2', 'main/agent/a1@3', 'main/iat/i1@1', 'main/agent/a1@4']);
    expect(iats.seen).toEqual(['main/iat/i1@1']);
  });

  it('hears of appends of other processes by their notice, without waiting for the poll', async () => {
    const follower = follow({ pollEvery: 3_600_000, doorbell: ring() });
    await waitFor(async () => {
      const { rowCount } = await store.client.query(
        `select from pg_stat_activity where datname = current_database() and query = 'listen chancery_revocations'`,
      );
      return rowCount === 1;
    });
    await store.resume('a1');
    await store.client.query('notify chancery_events');
    await waitFor(() => follower.seen.length === 1);
  });

  it('hears of appends of its own process at once', async () => {
    let recorded: (() => void) | undefined;
    const follower = follow({
      pollEvery: 3_600_000,
      onRecorded(listener) {
        recorded = listener;
        return () => {};
      },
    });
    await store.resume('a1');
    recorded?.();
    await waitFor(() => follower.seen.length === 1);
  });

  it('goes on after the database ended all its connections, the listening one included', async () => {
    const doorbell = ring();
    const follower = follow({ doorbell });
    await store.resume('a1');
    await waitFor(() => follower.seen.length === 1);
    expect(await store.endSessions('tail spec')).toBeGreaterThan(0);
    expect(await store.endSessions('chancery doorbell')).toBe(1);
    await store.resume('a1', 1);
    await waitFor(() => follower.seen.length === 2);
    let rung = 0;
    doorbell.on('chancery_events', () => (rung += 1));
    await waitFor(async () => {
      await store.client.query('notify chancery_events');
      return rung > 0;
    });
  });

  it('delivers the same events again when they could not be taken', async () => {
    let refused = 0;
    const seen: number[] = [];
    await store.resume('a1', 0, 2);
    follow({
      onEvents(events) {
        if (refused++ === 0) throw new Error('not now');
        seen.push(...events.map(({ revision }) => revision));
      },
    });
    await waitFor(() => seen.length === 2);
    expect(seen).toEqual([1, 2]);
  });

  it.each([
    ['an unknown type', { type: 'agent.unheard-of' }, 'unknown_type'],
    ['a newer version', { type: 'agent.resumed', version: 7 }, 'newer_version'],
    ['data that is not its type’s', { type: 'agent.resumed' }, 'malformed'],
    ['bytes that changed', { type: 'agent.resumed', digestOf: '{"agentId":"a2"}' }, 'not those that were written'],
  ])('stops for good before %s, naming stream, position and type, and skips nothing', async (_, planted, why) => {
    await store.resume('a1');
    await store.plant({ stream: 'main/agent/a2', ...planted });
    await store.resume('a3');
    const follower = follow();
    const stop = await waitFor(() => follower.stops[0]);
    expect(stop).toMatchObject({ stream: 'main/agent/a2', type: planted.type, position: expect.any(BigInt) });
    expect(stop.message).toContain(`main/agent/a2, position ${stop.position}, ${planted.type}`);
    expect(stop.message).toContain(why);
    expect(follower.seen).toEqual(['main/agent/a1@1']);
    expect(follower.tail.cursor().position).toBeLessThan(stop.position);
  });
});
