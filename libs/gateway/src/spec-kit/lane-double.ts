import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type RevocationEntry, RevocationSet } from '@chancery/eventstore';
import { signBeat, type SignedRecord, signEntry } from '@chancery/oauth';
import type { FeedAsk, FeedPage, RevocationFeed } from '../revocations/feed.js';

/** The token service's side of the fan-out, driven by hand: what it revoked, what it signs, what its feed answers. */
export interface LaneDouble {
  readonly publicKey: KeyObject;
  readonly kid: string;
  readonly feed: RevocationFeed;
  /** Every asking, in order. */
  readonly asks: FeedAsk[];
  /** Hears each asking before it is answered. */
  onAsk: ((ask: FeedAsk) => void) | undefined;
  /** The feed does not answer. */
  away: boolean;
  /** The feed answers, and says that the store does not; T stands still. */
  storeAway: boolean;
  /** Entries of one page. */
  pageSize: number;
  /** What the next heartbeats claim instead of the truth. */
  lie: { digest?: string } | undefined;
  /** Enters a revocation, and answers it as it goes over the bus. */
  revoke(kind: RevocationEntry['kind'], id: string, t?: RevocationEntry['t']): SignedRecord;
  /** A heartbeat as it goes over the bus; complete through now, unless told. */
  beat(through?: number): SignedRecord;
}

/** @param now seconds since 1970 by the database's clock */
export function laneDouble(now: () => number): LaneDouble {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = { kid: 'revocations-1', privateKey };
  const set = new RevocationSet();
  const log: SignedRecord[] = [];
  let counter = 0;
  let through = 0;

  const lane: LaneDouble = {
    publicKey,
    kid: key.kid,
    asks: [],
    onAsk: undefined,
    away: false,
    storeAway: false,
    pageSize: 1_000,
    lie: undefined,
    revoke(kind, id, t = 'for-ever') {
      const entry: RevocationEntry = { kind, id, t, position: BigInt(log.length + 1), at: micros(now()) };
      set.apply(entry);
      const record = signEntry(entry, key);
      log.push(record);
      return record;
    },
    beat(at = now()) {
      if (!lane.storeAway) through = Math.max(through, micros(at));
      counter += 1;
      return signBeat({ ...set.beat(through), ...lane.lie, counter, at: micros(now()) }, key);
    },
    feed(ask, signal) {
      lane.asks.push(ask);
      lane.onAsk?.(ask);
      if (lane.away || signal.aborted) return Promise.reject(new Error('no feed'));
      return Promise.resolve(page(ask));
    },
  };
  const page = ({ after }: FeedAsk): FeedPage => {
    const from = Number(after || 0);
    const records = log.slice(from, from + lane.pageSize);
    const to = from + records.length;
    return { now: micros(now()), store_away: lane.storeAway, cursor: String(to), more: to < log.length, records, heartbeat: lane.beat() };
  };
  return lane;
}

const micros = (seconds: number): number => Math.round(seconds * 1e6);
