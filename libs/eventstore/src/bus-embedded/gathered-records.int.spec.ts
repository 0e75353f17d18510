import { randomUUID } from 'node:crypto';
import { encodeEvent, topics } from '@chancery/events';
import { freshDatabase, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus, BusRecord, Subscription } from '../bus.js';
import { migrate } from '../postgres/migrate.js';
import { openEmbeddedBus } from './open-embedded-bus.js';

/** Milliseconds that no spec lives to see. */
const never = 2 ** 30;

const record = (topic: BusRecord['topic'] = topics.activity): BusRecord => {
  const { type, version, data } = encodeEvent({
    type: 'activity.refused',
    service: 'token',
    endpoint: '/token',
    requestId: randomUUID(),
    reason: 'a_reason',
    error: 'invalid_client',
    status: 401,
  });
  return { topic, key: 'a1', id: randomUUID(), source: 'main/token/1', type, version, subject: 'a1', time: 1_000_000, data };
};

let bus: Bus;
let other: Bus;
let pages: number[];
let subscription: Subscription;
let watcher: Subscription;

const follow = (of: Bus, group: string, told: number[]) =>
  of.subscribe({ group, topics: [topics.activity, topics.revocations], handle: async ({ length }) => void told.push(length) });

beforeEach(async () => {
  const url = await freshDatabase();
  await migrate({ url });
  bus = openEmbeddedBus({ url, pollEvery: never, gather: never });
  other = openEmbeddedBus({ url, pollEvery: 20, gather: 0 });
  pages = [];
  subscription = await follow(bus, 'spec', pages);
  watcher = await follow(other, 'watcher', []);
  await Promise.all([subscription.caughtUp(), watcher.caughtUp()]);
});
afterEach(() => Promise.all([bus.close(), other.close()]));

/** The first record, and five that follow it closely: whoever does not wait has been handed six pages by now. A step on its way when they come takes one. */
async function six(): Promise<void> {
  await bus.publish([record()]);
  await taken(1);
  for (let nth = 0; nth < 5; nth++) {
    await bus.publish([record()]);
    await watcher.caughtUp();
  }
}
/**
 * Whoever waits for records wakes the step that takes them, here again and again: nothing polls, and a transaction that is open anywhere in the cluster, in
 * another spec's database too, holds back what was committed after it began.
 */
const taken = (count: number) =>
  waitFor(() => {
    subscription.caughtUp().catch(() => undefined);
    return handled() >= count;
  });
const handled = (): number => pages.reduce((sum, page) => sum + page, 0);

describe('records that are read from the database', () => {
  it('are handed on at once after quiet; those that follow closely gather, and are handed on together to who waits for them', async () => {
    await six();
    expect(pages.length).toBeLessThan(3);
    expect(handled()).toBeLessThan(6);
    await taken(6);
    await subscription.caughtUp();
    expect(handled()).toBe(6);
    expect(pages.length).toBeLessThan(4);
  });

  it('keep no revocation waiting', async () => {
    await six();
    for (let nth = 0; nth < 2; nth++) {
      const before = pages.length;
      await bus.publish([record(topics.revocations)]);
      await waitFor(() => pages.length > before);
    }
    expect(handled()).toBeLessThan(8);
  });

  it('keep nobody from stopping', async () => {
    await six();
    await subscription.stop();
    expect(handled()).toBeLessThan(6);
  });
});
