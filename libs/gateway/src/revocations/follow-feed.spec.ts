import { silentLog } from '@chancery/platform';
import { beforeEach, describe, expect, it } from 'vitest';
import { databaseClock, type DatabaseClock } from './database-clock.js';
import { feedFollower } from './follow-feed.js';
import { FollowedSet } from './followed-set.js';

/** What the database's clock shows at the start, in seconds. */
const began = 1_790_000_000;
/** Seconds that a feed keeps an asking that may wait. */
const held = 1;

describe('the clock by answers of the feed', () => {
  let monotonic: number;
  let clock: DatabaseClock;
  let ask: (wait: number) => Promise<boolean>;
  beforeEach(() => {
    monotonic = 0;
    clock = databaseClock(() => monotonic);
    const feed = ({ wait }: { wait: number }) => {
      monotonic += wait === 0 ? 0.01 : held;
      const heartbeat = { type: 'revocation.heartbeat', data: '{}', sig: 'x', sigkid: 'k' };
      return Promise.resolve({
        now: Math.round((began + monotonic) * 1e6),
        store_away: false,
        cursor: 'c',
        more: false,
        records: [],
        heartbeat,
      });
    };
    const followed = new FollowedSet(
      () => undefined,
      () => undefined,
    );
    const deps = {
      gateway: 'gw-1',
      run: 'rn-1',
      budget: 5,
      feed,
      followed,
      clock,
      monotonic: () => monotonic,
      log: silentLog,
      onHeard: () => undefined,
    };
    ({ ask } = feedFollower(deps));
  });
  /** A gateway that lives by the feed: what is due is asked at once, else it waits. It asks no more for a second after a set that does not load. */
  const live = async (seconds: number) => {
    for (const end = monotonic + seconds; monotonic < end;) {
      if (!(await ask(clock.due() ? 0 : held))) monotonic += 0.1;
    }
  };

  it('is right to a hundredth of a second, also when it is due in the middle of an asking that waits', async () => {
    await live(100);
    expect(clock.latest() - (began + monotonic)).toBeLessThan(0.02);
    expect(clock.now() - (began + monotonic)).toBeLessThan(0.02);
  });
});
