import { follow } from '../reader/follow.js';
import type { Heartbeat, RevocationEntry } from './entry.js';
import type { FeedCursor, FeedPage } from './feed.js';
import { LaneConnection } from './lane-connection.js';
import { type LaneLead, publishByLeader, type Publishing } from './lead.js';
import { Outlet } from './outlet.js';
import { Round } from './round.js';
import type { RevocationSet } from './set.js';

export interface RevocationLaneOptions {
  /** Any service's role. The lane has a connection of its own, not through a pooler: it waits for no other statement, and listens. */
  readonly url: string;
  /**
   * Entries nobody has been given yet, in the order they were found; the lane beats only after it returned. When it throws, they come again. The signal
   * aborts when this process leads no more: nothing of these may go out from then on.
   */
  onEntries?(entries: readonly RevocationEntry[], signal: AbortSignal): Promise<void> | void;
  /** Once a second, behind all entries it covers. */
  onHeartbeat?(beat: Heartbeat, signal: AbortSignal): Promise<void> | void;
  /**
   * Given, the one that leads of all that have the lane calls `onEntries` and `onHeartbeat`, for a topic that all share: first with what its predecessor may
   * have left, later also, now and then, with what was given out before. Absent, each calls its own.
   */
  readonly lead?: LaneLead;
  /** `onRecorded` of a store in this process: what it revoked goes out at once. */
  readonly onRecorded?: (listener: (recorded: { readonly revoked: boolean }) => void) => () => void;
  /** Milliseconds between two looks at the store; 250 unless told. */
  readonly pollEvery?: number;
  /** Milliseconds between two heartbeats; 1 000 unless told. */
  readonly beatEvery?: number;
  onTrouble?(error: unknown): void;
}

export interface LaneStatus {
  /** The whole set has been read once. */
  readonly loaded: boolean;
  /** The store did not answer the last time it was asked: nobody can revoke, and T stands still. */
  readonly storeAway: boolean;
  /** What the set held amounts to now, complete through the last T; absent until it is loaded. */
  readonly beat?: Heartbeat;
  /** The set holds all that transactions before this one wrote: `checkedThrough` of an append whose keys are looked up in `set` now. */
  readonly checkedThrough?: bigint;
}

export interface RevocationLane {
  status(): LaneStatus;
  /** Whether this process gives entries and heartbeats out. */
  leading(): boolean;
  /** For pages of the feed; see Feed. */
  page(cursor?: FeedCursor, limit?: number): FeedPage;
  changed(cursor: FeedCursor, options: { timeout: number; signal?: AbortSignal }): Promise<boolean>;
  /** The set itself, for whoever checks in this process. */
  readonly set: RevocationSet;
  stop(): Promise<void>;
}

/**
 * The revocation lane (design §4): not the relay, and never behind it. Revocations only grow, so their order does not matter, and each goes out as soon
 * as it is committed.
 */
export function openRevocationLane(options: RevocationLaneOptions): RevocationLane {
  const { pollEvery = 250, beatEvery = 1_000, onTrouble } = options;
  const round = new Round();
  // It may notify before there is a reader to wake.
  let wake: (() => void) | undefined;
  const connection = new LaneConnection(options.url, () => wake?.());
  const publishing = publish(round, options, beatEvery);
  const reading = follow({
    async step() {
      await connection.use((client) => round.ask(client));
      publishing.wake();
      return false;
    },
    // A beat must not wait for the poll after it.
    pollEvery: Math.min(pollEvery, beatEvery / 2),
    ...(onTrouble && { onTrouble }),
  });
  wake = reading.wake;
  const hush = options.onRecorded?.(({ revoked }) => revoked && reading.wake());
  return {
    status: () => ({
      loaded: round.loaded,
      storeAway: connection.away,
      ...(round.loaded && { beat: round.beat(), checkedThrough: round.xmin }),
    }),
    leading: () => publishing.leading(),
    page: (cursor, limit) => round.feed.page(cursor, limit),
    changed: (cursor, wait) => round.feed.changed(cursor, wait),
    set: round.set,
    async stop() {
      hush?.();
      await Promise.all([reading.stop(), publishing.stop()]);
      await connection.close();
    },
  };
}

/** Apart from the reading: a bus that hangs must not keep the feed from learning. */
function publish(round: Round, { onEntries, onHeartbeat, onTrouble, lead }: RevocationLaneOptions, beatEvery: number): Publishing {
  const out = { round, beatEvery, ...(onEntries && { onEntries }), ...(onHeartbeat && { onHeartbeat }) };
  if (lead) return publishByLeader(lead, { ...out, ...(onTrouble && { onTrouble }) });
  const outlet = new Outlet({ ...out, signal: new AbortController().signal });
  const publishing = follow({
    async step() {
      const beat = await outlet.entries();
      if (beat) await outlet.beat(beat);
      return beat === undefined;
    },
    pollEvery: beatEvery,
    ...(onTrouble && { onTrouble }),
  });
  return { leading: () => true, wake: () => publishing.wake(), stop: () => publishing.stop() };
}
