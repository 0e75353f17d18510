import type { RevocationLane } from '@chancery/eventstore';
import { canNameStream } from '@chancery/events';
import { OAuthError, type SignedRecord } from '@chancery/oauth';
import type { Acknowledged } from './acknowledgements.js';
import type { RevocationPublisher } from './publisher.js';

export interface FeedAsk {
  /** Absent: from the beginning. */
  readonly after: string | undefined;
  /** Seconds to wait when there is nothing new. */
  readonly wait: number;
  /** Absent where the gateway does not say how far it is. */
  readonly acknowledged: Acknowledged | undefined;
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
  readonly acknowledge: (said: Acknowledged) => void;
  /** Seconds, by the database's clock. */
  now(): number;
}

const longestWait = 25;

/** What was asked, as it was sent. @throws OAuthError `invalid_request` */
export function parseAsk(query: Readonly<Record<string, unknown>>): FeedAsk {
  const { after, wait = '0' } = query;
  const seconds = wholeNumber(wait);
  const cursor = after === undefined || (typeof after === 'string' && after.length <= 128);
  if (seconds === undefined || seconds > longestWait || !cursor) throw malformed();
  return { after: typeof after === 'string' && after !== '' ? after : undefined, wait: seconds, acknowledged: parseAcknowledged(query) };
}

/** All of it or none of it: half an acknowledgement would be a parameter ignored (WIRE-20). */
function parseAcknowledged(query: Readonly<Record<string, unknown>>): Acknowledged | undefined {
  const { gateway, run, applied, entries, budget, position } = query;
  if ([gateway, run, applied, entries, budget, position].every((said) => said === undefined)) return undefined;
  const [through, held, longest, positions] = [wholeNumber(applied), wholeNumber(entries), wholeNumber(budget), parsePositions(position)];
  const whole = through !== undefined && held !== undefined && longest !== undefined && positions !== undefined;
  if (!isName(gateway) || !isName(run) || !whole) throw malformed();
  // A gateway that asks for the first time holds nothing yet.
  return through === 0 ? undefined : { gateway, run, applied: through, entries: held, budget: longest, positions };
}

/** What a gateway says one by one; of more it says T alone. */
const mostPositions = 16;

/** The one parameter that is there once for each thing it says. */
function parsePositions(said: unknown): readonly string[] | undefined {
  const positions: readonly unknown[] = said === undefined ? [] : Array.isArray(said) ? said : [said];
  if (positions.length > mostPositions || new Set(positions).size < positions.length) return undefined;
  return positions.every(isPosition) ? positions : undefined;
}

const isPosition = (said: unknown): said is string => typeof said === 'string' && /^(?:0|[1-9][0-9]{0,18})$/.test(said);

const isName = (said: unknown): said is string => typeof said === 'string' && canNameStream(said);

function wholeNumber(said: unknown): number | undefined {
  const number = typeof said === 'string' && /^[0-9]{1,16}$/.test(said) ? Number(said) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

const malformed = (): OAuthError => new OAuthError('invalid_request', { refusal: 'feed_ask_malformed' });

/** What is new behind the cursor; waits for it, at most as long as asked. */
export async function feed(ask: FeedAsk, deps: FeedDeps, signal?: AbortSignal): Promise<FeedAnswer> {
  const { lane, publisher } = deps;
  if (ask.acknowledged) deps.acknowledge(ask.acknowledged);
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
