import type { KeyObject } from 'node:crypto';
import type { Bus, Subscription } from '@chancery/eventstore';
import type { RevocableSubject } from '@chancery/oauth';
import type { Log } from '@chancery/platform';
import type { Budgets } from '../routes/route.js';
import { acknowledgements } from './acknowledge.js';
import { type AlarmReason, openAlarms } from './alarm.js';
import type { DatabaseClock } from './database-clock.js';
import type { RevocationFeed } from './feed.js';
import { followBus } from './follow-bus.js';
import { feedFollower } from './follow-feed.js';
import { FollowedSet, type Heard } from './followed-set.js';

export interface RevocationsDeps {
  readonly gateway: string;
  readonly run: string;
  /** Seconds: the longest budget of its routes. */
  readonly budget: number;
  readonly bus: Bus;
  readonly feed: RevocationFeed;
  /** Public keys of purpose `revocation`, pinned by configuration. */
  readonly keys: (kid: string) => KeyObject | undefined;
  readonly clock: DatabaseClock;
  /** Seconds, from any start. */
  readonly monotonic: () => number;
  readonly log: Log;
  readonly onAlarm?: ((reason: AlarmReason) => void) | undefined;
}

/** The revocation set as this gateway holds it, and how old it is. */
export interface Revocations {
  /** The first of these that ended authority from `iat` (seconds), if any. */
  ended(lookups: readonly RevocableSubject[], iat: number): RevocableSubject | undefined;
  /** May be judged by: loaded, adding up, and complete through a T within the budget. */
  current(budgets: Budgets): boolean;
  /** Seconds between the T it is complete through and the latest the database's clock can be. Infinity before it is loaded. */
  age(): number;
  /** Begins to follow. Resolves when the bus is subscribed; `current` says when the set is there. */
  start(): Promise<void>;
  /** What has to happen by time: turning to the feed, sampling the clock, acknowledging. Called ten times a second. */
  tick(): void;
  stop(): Promise<void>;
}

/** Seconds without a heartbeat after which the feed is asked, and somebody told. */
const silence = 2;
/** Seconds the feed may hold its answer back: heartbeats come once a second there, too. */
const feedWait = 1;

export function openRevocations(deps: RevocationsDeps): Revocations {
  const { gateway, run, budget, bus, clock, monotonic, log } = deps;
  const alarms = openAlarms(deps);
  const followed = new FollowedSet(deps.keys, alarms.alarm);
  const acknowledge = acknowledgements({ gateway, run, budget, bus, followed, now: clock.now, monotonic, log });
  let busHeardAt = -Infinity;
  let uncovered = false;
  let alarmed = false;
  let subscription: Subscription | undefined;

  const onHeard = ({ entered, advanced }: Heard): void => {
    if (advanced) clock.atLeast(followed.held.through);
    acknowledge.applied(entered);
    const { through, confirmed } = followed.held;
    const covered = advanced && confirmed === through;
    // At once for a new entry, and again with the T that covers it.
    if (entered.length > 0 || (covered && uncovered)) acknowledge.send();
    uncovered = entered.length > 0 || (uncovered && !covered);
  };
  const feed = feedFollower({ ...deps, followed, onHeard });
  const age = (): number => (followed.loaded ? clock.latest() - followed.held.through / 1e6 : Infinity);

  const allowed = ({ stalenessBudget, storeAwayBudget }: Budgets): number =>
    feed.storeAway() ? Math.max(stalenessBudget, storeAwayBudget) : stalenessBudget;

  const hearBus = (heard: Heard): void => {
    if (heard.advanced) busHeardAt = monotonic();
    onHeard(heard);
  };
  const askFeed = (): void => {
    const wait = followed.reloading || clock.due() ? 0 : monotonic() - busHeardAt > silence ? feedWait : undefined;
    if (wait !== undefined) void feed.ask(wait).then((again) => again && askFeed());
  };
  const watchAge = (): void => {
    const old = followed.loaded && !(age() <= silence);
    if (old && !alarmed) alarms.alarm({ reason: 'revocations_old', source: 'bus' });
    alarmed = old;
  };

  return {
    ended: (lookups, iat) => lookups.find(({ kind, id }) => followed.held.set.hits(kind, id, iat)),
    current: (budgets) => followed.loaded && !followed.disagrees && age() <= allowed(budgets),
    age,
    async start() {
      askFeed();
      subscription = await followBus({ bus, group: `${gateway}-${run}`, followed, alarms, onHeard: hearBus });
    },
    tick() {
      askFeed();
      acknowledge.whenDue();
      watchAge();
    },
    async stop() {
      feed.stop();
      await subscription?.stop();
      await acknowledge.settled();
    },
  };
}
