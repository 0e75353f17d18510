/** Milliseconds that what was recorded gathers for, where nothing is decided by those who read it. */
export const gatherFor = 100;

export interface GatheringOptions {
  /** How long records gather after some were taken. */
  readonly milliseconds: number;
  /** Has the next ones taken. */
  ring(): void;
  /** Milliseconds on a clock that is never set back. */
  readonly now?: () => number;
  /** Calls `done` after so many milliseconds. @returns what calls it off */
  readonly after?: (milliseconds: number, done: () => void) => () => void;
}

export interface Gathering {
  /** Something was recorded: the bell rings at once after quiet, and else when records have gathered, once for all that came. */
  wake(): void;
  /** A step begins. What is recorded meanwhile it may see or not. */
  begin(): void;
  /** The step is over. `taken`: there was something for it, so more is on its way. */
  done(taken: boolean): void;
  /** Calls off a ring that is due; the next wake makes another. */
  end(): void;
}

/**
 * Between commits that follow closely on one another, so that a page has many records: its statements and its fsync cost the same for one. A step that found
 * nothing makes nobody wait, or every poll would delay the record after it.
 */
export function gathering({ milliseconds, ring, now = () => performance.now(), after = timer }: GatheringOptions): Gathering {
  let takenAt = -Infinity;
  let stepping = false;
  let missed = false;
  let callOff: (() => void) | undefined;

  const wake = (): void => {
    if (stepping) missed = true;
    if (stepping || callOff) return;
    const rest = takenAt + milliseconds - now();
    if (rest <= 0) return ring();
    callOff = after(rest, () => {
      callOff = undefined;
      ring();
    });
  };
  const end = (): void => {
    callOff?.();
    callOff = undefined;
  };
  return {
    wake,
    begin() {
      // Whatever the ring that is due would have brought, this step sees.
      end();
      stepping = true;
      missed = false;
    },
    done(taken) {
      stepping = false;
      if (taken) takenAt = now();
      if (missed) wake();
    },
    end,
  };
}

const timer = (milliseconds: number, done: () => void): (() => void) => {
  const timeout = setTimeout(done, milliseconds);
  return () => clearTimeout(timeout);
};
