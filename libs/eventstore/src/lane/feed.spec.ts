import { describe, expect, it } from 'vitest';
import type { RevocationEntry } from './entry.js';
import { Feed } from './feed.js';

const entry = (id: string, position: number): RevocationEntry => ({ kind: 'grant', id, t: 'for-ever', position: BigInt(position), at: 1 });
const committed = (id: string, tx: number) => ({ entry: entry(id, tx), tx: BigInt(tx) });
const ids = (page: { entries: readonly RevocationEntry[] }) => page.entries.map(({ id }) => id);

const feedOf = (...txs: number[]): Feed => {
  const feed = new Feed();
  feed.add(txs.map((tx) => committed(`g${tx}`, tx)));
  feed.completeThrough(1, BigInt(Math.max(0, ...txs) + 1));
  return feed;
};

describe('the feed', () => {
  it('gives everything to whoever comes without a cursor, or with one it cannot read', () => {
    const feed = feedOf(10, 11);
    for (const cursor of [undefined, '', 'x', '1.2.3', `1.99999999999999999999999.${'a'.repeat(12)}.1`])
      expect(ids(feed.page(cursor))).toEqual(['g10', 'g11']);
  });

  it('gives only what came since the cursor, nothing twice, also while a writer stays open', () => {
    const feed = feedOf(10);
    const first = feed.page();
    feed.add([committed('g20', 20)]);
    feed.completeThrough(1, 11n);
    const second = feed.page(first.cursor);
    expect([ids(second), ids(feed.page(second.cursor))]).toEqual([['g20'], []]);
  });

  it('cuts pages, and says that there is more', () => {
    const feed = feedOf(1, 2, 3);
    const first = feed.page(undefined, 2);
    const second = feed.page(first.cursor, 2);
    expect([ids(first), first.more, ids(second), second.more]).toEqual([['g1', 'g2'], true, ['g3'], false]);
  });

  it('goes on at another replica without missing what committed late there', () => {
    const here = feedOf(10, 12);
    here.completeThrough(1, 11n);
    const { cursor } = here.page();
    const there = feedOf(10, 11, 12);
    expect(ids(there.page(cursor))).toEqual(['g11', 'g12']);
  });

  it('goes on at another replica after half a page without taking the rest as read', () => {
    const { cursor } = feedOf(1, 2, 3).page(undefined, 1);
    expect(ids(feedOf(1, 2, 3).page(cursor))).toEqual(['g1', 'g2', 'g3']);
  });

  it('does not take a replica that is behind for complete', () => {
    const ahead = feedOf(10, 11);
    const behind = new Feed();
    behind.completeThrough(1, 5n);
    const { cursor } = behind.page(ahead.page().cursor);
    expect(ids(ahead.page(cursor))).toEqual([]);
    expect(ids(feedOf(10, 11, 12).page(cursor))).toEqual(['g12']);
  });

  it('gives everything again after a restore, whatever the old cursor says', () => {
    const { cursor } = feedOf(100).page();
    const restored = new Feed();
    restored.add([committed('g5', 5)]);
    restored.completeThrough(2, 6n);
    expect(ids(restored.page(cursor))).toEqual(['g5']);
  });

  it('leaves out what was superseded or forgotten', () => {
    const feed = feedOf(1, 2);
    feed.add([{ entry: entry('g1', 9), tx: 9n }]);
    feed.forget([entry('g2', 2)]);
    expect(feed.page().entries).toEqual([entry('g1', 9)]);
  });

  it('answers a long poll as soon as something comes', async () => {
    const feed = feedOf(1);
    const { cursor } = feed.page();
    const changed = feed.changed(cursor, { timeout: 60_000 });
    feed.add([committed('g2', 2)]);
    expect(await changed).toBe(true);
    expect(await feed.changed(cursor, { timeout: 60_000 })).toBe(true);
  });

  it('answers a long poll when its time is over, or when its caller leaves', async () => {
    const feed = feedOf(1);
    const { cursor } = feed.page();
    expect(await feed.changed(cursor, { timeout: 1 })).toBe(false);
    const caller = new AbortController();
    const waiting = feed.changed(cursor, { timeout: 60_000, signal: caller.signal });
    caller.abort();
    expect(await waiting).toBe(false);
  });
});
