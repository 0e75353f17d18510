import type { DataSource } from 'typeorm';
import type { Cursor } from '../contract.js';
import { standForLeader } from '../leader.js';
import { compareCursors } from '../reader/cursor.js';
import { channels } from '../postgres/notifier.js';
import type { Doorbell } from '../reader/doorbell.js';
import { follow, type Following } from '../reader/follow.js';
import { gatherFor, type Gathering, gathering } from '../reader/gathering.js';
import { Listeners } from '../reader/listeners.js';
import { cursorOfPosition } from '../reader/read-ordered.js';
import { ReaderStopped } from '../reader/stored-event.js';
import { CheckpointMoved, readCheckpoint } from './checkpoint.js';
import type { Projection } from './projection.js';
import { Steps } from './step.js';

export interface RunProjectionOptions {
  readonly dataSource: DataSource;
  /** For the leader's lock: not through a pooler. */
  readonly url: string;
  /** `onRecorded` of a store in this process. */
  readonly onRecorded?: (listener: () => void) => () => void;
  readonly doorbell?: Doorbell;
  /** Milliseconds; 250 unless told. */
  readonly pollEvery?: number;
  onTrouble?(error: unknown): void;
  /** An event that cannot be understood: raise an alarm. The rows stand still before it until a release can read it. */
  onStopped?(error: ReaderStopped): void;
}

export interface RunningProjection {
  /** How far the rows tell, whichever process runs them. */
  checkpoint(): Promise<Cursor>;
  /**
   * Waits until the rows tell of a recorded event (its position, or its place in the order of commits), so that who wrote it can read it back.
   * False after `timeout` milliseconds, 5 000 unless told. Throws a RangeError for a position nothing was recorded at.
   */
  waitFor(mark: bigint | Cursor, timeout?: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** Keeps a projection up with the store; of all processes that run it, the leader does. */
export function runProjection(projection: Projection, options: RunProjectionOptions): RunningProjection {
  const { dataSource, url, onTrouble, onStopped } = options;
  const stepped = new Listeners();
  let running: KeptUp | undefined;
  let stopping = false;
  const standing = standForLeader({
    url,
    name: `projection/${projection.name}`,
    onLead: () => {
      running = keepUp(projection, options, stepped);
      void running.following.ended.then((error) => error instanceof ReaderStopped && onStopped?.(error));
    },
    onLose: () => void running?.stop(),
    ...(onTrouble && { onTrouble }),
  });
  const wake = () => running?.gathering.wake();
  const silence = [options.onRecorded?.(wake), options.doorbell?.on(channels.events, wake)];
  const checkpoint = () => readCheckpoint(dataSource, projection.name);
  return {
    checkpoint,
    async waitFor(mark, timeout = 5_000) {
      const target = typeof mark === 'bigint' ? await cursorOfPosition(dataSource, mark) : mark;
      if (!target) throw new RangeError(`nothing was recorded at position ${mark as bigint}`);
      // Who waits does not wait for company.
      running?.following.wake();
      const deadline = performance.now() + timeout;
      while (compareCursors(await checkpoint(), target) < 0) {
        if (stopping || performance.now() >= deadline) return false;
        // The runner may be another process, whose steps only the checkpoint tells.
        await stepped.next(25);
      }
      return true;
    },
    async stop() {
      stopping = true;
      for (const hush of silence) hush?.();
      await standing.resign();
      await running?.stop();
    },
  };
}

interface KeptUp {
  readonly following: Following;
  readonly gathering: Gathering;
  stop(): Promise<void>;
}

function keepUp(projection: Projection, { dataSource, pollEvery, onTrouble }: RunProjectionOptions, stepped: Listeners): KeptUp {
  const steps = new Steps(projection, dataSource);
  const gathered = gathering({ milliseconds: gatherFor, ring: () => following.wake() });
  const step = async () => {
    let taken = false;
    gathered.begin();
    try {
      const { moved, more } = await steps.next();
      taken = moved;
      return more;
    } finally {
      gathered.done(taken);
      stepped.tell();
    }
  };
  const following = follow({
    step,
    ...(pollEvery && { pollEvery }),
    onTrouble(error) {
      // Another runner was faster: nothing is wrong, the next step reads where it stands now.
      if (error instanceof CheckpointMoved) return;
      steps.shrink();
      onTrouble?.(error);
    },
    endsIt: (error) => error instanceof ReaderStopped,
  });
  return {
    following,
    gathering: gathered,
    async stop() {
      gathered.end();
      await following.stop();
    },
  };
}
