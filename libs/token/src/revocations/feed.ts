import type { RevocationLane } from '@chancery/eventstore';
import { OAuthError, type SignedRecord } from '@chancery/oauth';
import type { RevocationPublisher } from './publisher.js';

export interface FeedAsk {
  /** Absent: from the beginning. */
  readonly after: string | undefined;
  /** Seconds to wait when there is nothing new. */
  readonly wait: number;
}

/** One page of the feed: the second, independent way to hear of revocations (design §7). */
export interface FeedAnswer {
  /** Microseconds by the database's clock, between the asking and the answer: gateways set theirs by it. */
  readonly now: number;
  /** The store does not answer, so nobody can revoke; T stands still. */
  readonly store_away: boolean;
  readonly cursor: string;
  readonly more: boolean;
  readonly records: readonly SignedRecord[];
  readonly heartbeat: SignedRecord;
}

export interface FeedDeps {
  readonly lane: RevocationLane;
  readonly publisher: RevocationPublisher;
  /** Seconds, by the database's clock. */
  now(): number;
}

const longestWait = 25;

/** `after` and `wait` as they were sent. @throws OAuthError `invalid_request` */
export function parseAsk(query: Readonly<Record<string, unknown>>): FeedAsk {
  const { after, wait = '0' } = query;
  const whole = typeof wait === 'string' && /^[0-9]{1,2}$/.test(wait) && Number(wait) <= longestWait;
  const cursor = after === undefined || (typeof after === 'string' && after.length <= 128);
  if (!whole || !cursor) throw new OAuthError('invalid_request', { refusal: 'feed_ask_malformed' });
  return { after: typeof after === 'string' && after !== '' ? after : undefined, wait: Number(wait) };
}

/** What is new behind the cursor; waits for it, at most as long as asked. */
export async function feed(ask: FeedAsk, deps: FeedDeps, signal?: AbortSignal): Promise<FeedAnswer> {
  const { lane, publisher } = deps;
  if (!lane.status().loaded) throw new OAuthError('temporarily_unavailable', { refusal: 'feed_not_loaded', retryAfter: 1 });
  if (ask.after !== undefined && ask.wait > 0) await lane.changed(ask.after, { timeout: ask.wait * 1000, ...(signal && { signal }) });
  const page = lane.page(ask.after);
  // The beat behind the page: what it covers and is not on this page is on the ones that follow.
  const { storeAway, beat } = lane.status();
  if (!beat) throw new OAuthError('temporarily_unavailable', { refusal: 'feed_not_loaded', retryAfter: 1 });
  return {
    now: Math.floor(deps.now() * 1_000_000),
    store_away: storeAway,
    cursor: page.cursor,
    more: page.more,
    records: page.entries.map((entry) => publisher.signed(entry)),
    heartbeat: publisher.signedBeat(beat),
  };
}
