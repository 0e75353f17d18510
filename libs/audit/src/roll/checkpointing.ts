import type { Log } from '@chancery/platform';
import { cutCheckpoint, type RollDeps } from './cut-checkpoint.js';
import { RollBroken } from './roll-broken.js';

export interface CheckpointingOptions {
  readonly roll: RollDeps;
  readonly log: Log;
  /** Milliseconds between two checkpoints of a roll that grows; 10 000 unless told. */
  readonly every?: number;
}

/** Signs the roll on a schedule, and a last time at the end. */
export interface Checkpointing {
  end(): Promise<void>;
}

export function openCheckpointing({ roll, log, every = 10_000 }: CheckpointingOptions): Checkpointing {
  let cutting = Promise.resolve();
  const cut = (): Promise<void> => (cutting = cutting.then(() => attempt(roll, log)));
  const timer = setInterval(() => void cut(), every).unref();
  return {
    end(): Promise<void> {
      clearInterval(timer);
      return cut();
    },
  };
}

async function attempt(roll: RollDeps, log: Log): Promise<void> {
  try {
    await cutCheckpoint(roll);
  } catch (err) {
    if (err instanceof RollBroken) log.error({ err, reason: 'roll_broken' }, 'the roll contradicts itself: nothing more is signed');
    else log.warn({ err }, 'no checkpoint could be cut');
  }
}
