import type { BusRecord } from '@chancery/eventstore';
import { decodeEvent } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { silentLog } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { acknowledgements } from './acknowledgements.js';
import { feed, type FeedDeps, parseAsk } from './feed.js';

const said = { gateway: 'gw-1', run: 'rn-1', applied: 1_790_000_000_000_000, entries: 3, budget: 30, positions: [] };
const query = { gateway: 'gw-1', run: 'rn-1', applied: '1790000000000000', entries: '3', budget: '30', after: '1.2', wait: '1' };

const refusal = (asked: Record<string, unknown>): string => {
  try {
    parseAsk(asked);
  } catch (error) {
    if (error instanceof OAuthError) return `${error.code} ${error.refusal}`;
    throw error;
  }
  return 'none';
};

describe('what a gateway asks the feed', () => {
  it('is what is new behind its cursor, and says how far it is', () => {
    expect(parseAsk(query)).toEqual({ after: '1.2', wait: 1, acknowledged: said });
  });

  it('says which events it has just applied, each by itself', () => {
    expect(parseAsk({ ...query, position: '41' }).acknowledged).toEqual({ ...said, positions: ['41'] });
    expect(parseAsk({ ...query, position: ['41', '9223372036854775807'] }).acknowledged?.positions).toEqual(['41', '9223372036854775807']);
    expect(parseAsk({ ...query, position: Array.from({ length: 16 }, (_, n) => String(n)) }).acknowledged?.positions).toHaveLength(16);
  });

  it('acknowledges nothing when it says nothing of itself, or holds nothing yet', () => {
    expect(parseAsk({})).toEqual({ after: undefined, wait: 0, acknowledged: undefined });
    expect(parseAsk({ ...query, after: '', applied: '0', entries: '0' })).toEqual({ after: undefined, wait: 1, acknowledged: undefined });
  });

  it.each([
    [{ ...query, applied: undefined }],
    [{ ...query, gateway: undefined }],
    [{ ...query, run: undefined }],
    [{ ...query, entries: undefined }],
    [{ ...query, applied: '-1' }],
    [{ ...query, applied: '1e9' }],
    [{ ...query, applied: '9999999999999999' }],
    [{ ...query, applied: ['1', '2'] }],
    [{ ...query, entries: '1.5' }],
    [{ ...query, budget: undefined }],
    [{ ...query, budget: '-1' }],
    [{ ...query, budget: ['5', '30'] }],
    [{ position: '41' }],
    [{ budget: '30' }],
    [{ ...query, position: '' }],
    [{ ...query, position: '041' }],
    [{ ...query, position: '-1' }],
    [{ ...query, position: '1.5' }],
    [{ ...query, position: '1'.repeat(20) }],
    [{ ...query, position: ['41', 'x'] }],
    [{ ...query, position: ['41', '41'] }],
    [{ ...query, position: { 0: '41' } }],
    [{ ...query, position: Array.from({ length: 17 }, (_, n) => String(n)) }],
    [{ ...query, gateway: 'gw/1' }],
    [{ ...query, gateway: 'g'.repeat(129) }],
    [{ ...query, run: '' }],
    [{ ...query, wait: '26' }],
    [{ ...query, wait: '' }],
    [{ ...query, after: 'c'.repeat(129) }],
  ])('is refused when it is malformed: %j', (asked) => {
    expect(refusal(query)).toBe('none');
    expect(refusal(asked)).toBe('invalid_request feed_ask_malformed');
  });
});

describe('an acknowledgement at the feed', () => {
  it('is heard before anything else, also by a feed that has nothing to give yet', async () => {
    const heard: unknown[] = [];
    const lane = { status: () => ({ loaded: false, storeAway: true }) } as FeedDeps['lane'];
    const deps = { lane, publisher: {} as FeedDeps['publisher'], acknowledge: (each: unknown) => void heard.push(each), now: () => 0 };
    await expect(feed(parseAsk(query), deps)).rejects.toMatchObject({ code: 'temporarily_unavailable', refusal: 'feed_not_loaded' });
    await expect(feed(parseAsk({}), deps)).rejects.toMatchObject({ refusal: 'feed_not_loaded' });
    expect(heard).toEqual([said]);
  });

  const open = (publish: (records: readonly BusRecord[]) => Promise<void> = () => Promise.resolve()) => {
    const published: BusRecord[] = [];
    const clock = { now: 1_790_000_000.25 };
    const bus = { publish: (records: readonly BusRecord[]) => (published.push(...records), publish(records)) };
    return { published, clock, acknowledge: acknowledgements({ bus, now: () => clock.now, log: silentLog }) };
  };

  it('reaches those who count as the gateway’s own word would (design §7)', () => {
    const { published, acknowledge } = open();
    acknowledge(said);
    expect(published).toMatchObject([
      { topic: 'chancery.activity', key: 'gw-1', subject: 'gw-1', source: 'main/gateway/gw-1', time: 1_790_000_000_250_000 },
    ]);
    expect(published.map(decodeEvent)).toEqual([
      { type: 'gateway.acknowledged', gateway: 'gw-1', run: 'rn-1', appliedThrough: said.applied, entries: 3, budget: 30 },
    ]);
  });

  it('of events passes on each of them at once, however little ago it was heard', () => {
    const { published, clock, acknowledge } = open();
    acknowledge(said);
    clock.now += 0.1;
    acknowledge({ ...said, positions: ['41', '42'] });
    clock.now += 0.1;
    acknowledge({ ...said, positions: ['43'] });
    acknowledge(said);
    expect(published.map(decodeEvent)).toMatchObject([
      { appliedThrough: said.applied },
      { position: '41', appliedThrough: said.applied },
      { position: '42' },
      { position: '43' },
    ]);
    expect(decodeEvent(published[0] ?? ({} as BusRecord))).not.toHaveProperty('position');
    expect(new Set(published.map(({ id }) => id)).size).toBe(4);
  });

  it('is passed on once a second for each gateway, however often it asks', () => {
    const { published, clock, acknowledge } = open();
    for (const step of [0, 0.4, 0.4, 0.3, 0.5]) {
      clock.now += step;
      acknowledge(said);
      acknowledge({ ...said, gateway: 'gw-2' });
    }
    expect(published.map(({ key, time }) => [key, time - 1_790_000_000_000_000])).toEqual([
      ['gw-1', 250_000],
      ['gw-2', 250_000],
      ['gw-1', 1_350_000],
      ['gw-2', 1_350_000],
    ]);
  });

  it('that finds no bus disturbs nobody, and the next one is tried again', async () => {
    const { published, clock, acknowledge } = open(() => Promise.reject(new Error('no bus')));
    acknowledge(said);
    clock.now += 1;
    acknowledge(said);
    // An unhandled rejection would fail this run.
    await Promise.resolve();
    expect(published).toHaveLength(2);
  });
});
