import { follow, type Following } from '../reader/follow.js';
import type { Heartbeat, RevocationEntry } from './entry.js';
import type { FeedCursor, FeedPage } from './feed.js';
import { LaneConnection } from './lane-connection.js';
import { Round } from './round.js';
import type { RevocationSet } from './set.js';

export interface RevocationLaneOptions {
  /** Any service's role. The lane has a connection of its own, not through a pooler: it waits for no other statement, and listens. */
  readonly url: string;
  /** Entries nobody has been given yet, in the order they were found; the lane beats only after it returned. When it throws, they come again. */
  onEntries?(entries: readonly RevocationEntry[]): Promise<void> | void;
  /** Once a second, behind all entries it covers. */
  onHeartbeat?(beat: Heartbeat): Promise<void> | void;
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
function publish(round: Round, { onEntries, onHeartbeat, onTrouble }: RevocationLaneOptions, beatEvery: number): Following {
  let waiting: RevocationEntry[] = [];
  let beaten = { at: -Infinity, through: 0 };
  return follow({
    async step() {
      // Taken together, so that the beat covers these entries and those before, and none that was not given out yet.
      waiting.push(...round.takeNew());
      const beat = round.beat();
      if (waiting.length > 0) await onEntries?.(waiting);
      waiting = [];
      const now = performance.now();
      if (beat.through === beaten.through || now - beaten.at < beatEvery) return false;
      await onHeartbeat?.(beat);
      beaten = { at: now, through: beat.through };
      return false;
    },
    pollEvery: beatEvery,
    ...(onTrouble && { onTrouble }),
  });
}
