import type { Log } from '@chancery/platform';
import type { DatabaseClock } from './database-clock.js';
import { parsePage, type RevocationFeed } from './feed.js';
import type { FollowedSet, Heard } from './followed-set.js';
import { recentlyApplied } from './recently-applied.js';

export interface FeedFollowerDeps {
  readonly gateway: string;
  readonly run: string;
  /** Seconds: the longest budget of its routes. */
  readonly budget: number;
  readonly feed: RevocationFeed;
  readonly followed: FollowedSet;
  readonly clock: DatabaseClock;
  /** Seconds, from any start. */
  readonly monotonic: () => number;
  readonly log: Log;
  onHeard(heard: Heard): void;
}

export interface FeedFollower {
  /**
   * Asks once, unless it is asking or has failed a moment ago. Resolves with whether it is worth asking again at once: there was more, or
   * the answer took its time. Never rejects.
   */
  ask(wait: number): Promise<boolean>;
  /** The feed answered a moment ago, and said that nobody can revoke anything now. */
  storeAway(): boolean;
  stop(): void;
}

/** Seconds for which the feed's word about the store holds. */
const wordHolds = 5;
/** Seconds until the next asking after a failure, doubled each time, at most. */
const longestPause = 5;
/** Seconds: a feed that answers faster with nothing in it is asked again by the clock, so that it cannot make us spin. */
const unhurried = 0.02;

/** The way of hearing that needs no bus (design §7), and the one that is read from the beginning. */
export function feedFollower(deps: FeedFollowerDeps): FeedFollower {
  const { gateway, run, budget, feed, followed, clock, monotonic, log } = deps;
  const leaving = new AbortController();
  const unsaid = recentlyApplied();
  let cursor = '';
  let answered = { at: -Infinity, storeAway: false };
  let pause = { until: -Infinity, length: 0.25 };
  let asking = false;

  const failed = (err: unknown): void => {
    pause = { until: monotonic() + pause.length, length: Math.min(pause.length * 2, longestPause) };
    if (!leaving.signal.aborted) log.warn({ name: gateway, err }, 'the revocation feed did not answer');
  };

  const say = async (wait: number): Promise<unknown> => {
    const { confirmed: applied, set } = followed.held;
    const said = unsaid.take();
    const positions = said.map(({ position }) => position);
    try {
      return await feed({ gateway, run, after: cursor, applied, entries: set.size, budget, wait, positions }, leaving.signal);
    } catch (error) {
      for (const each of said) unsaid.add(each);
      throw error;
    }
  };

  const askOnce = async (wait: number): Promise<boolean> => {
    const sent = monotonic();
    const page = parsePage(await say(wait));
    const received = monotonic();
    // An answer that was held back says within a second only when it was given: where one is due, the next asking is for it.
    if (wait === 0 || !clock.due()) clock.sample({ now: page.now, sent, received });
    answered = { at: received, storeAway: page.store_away };
    const wasDisagreeing = followed.disagrees;
    const wasLoaded = followed.loaded;
    const heard = followed.hearFeed(page.records, page.more ? undefined : page.heartbeat);
    if (wasLoaded) for (const position of heard.entered) unsaid.add({ position, at: clock.now() });
    // A new loading begins at the beginning.
    cursor = followed.reloading && !page.more ? '' : page.cursor;
    const stuck = followed.reloading && !page.more && (followed.disagrees || wasDisagreeing || !followed.loaded);
    pause = stuck ? { until: received + 1, length: 0.25 } : { until: -Infinity, length: 0.25 };
    deps.onHeard(heard);
    return page.more || heard.entered.length > 0 || received - sent >= unhurried;
  };

  return {
    async ask(wait) {
      if (asking || leaving.signal.aborted || monotonic() < pause.until) return false;
      asking = true;
      try {
        return await askOnce(wait);
      } catch (error) {
        failed(error);
        return false;
      } finally {
        asking = false;
      }
    },
    storeAway: () => answered.storeAway && monotonic() - answered.at <= wordHolds,
    stop: () => leaving.abort(),
  };
}
