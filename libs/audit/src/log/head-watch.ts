/** Wakes those who wait for new entries. One look at the database serves them all, and none is made while nobody waits. */
export interface HeadWatch {
  /** Something was appended in this process. */
  wake(): void;
  /** Resolves with true once the head is beyond `position`, with false after `milliseconds` or when the signal aborts. */
  beyond(position: number, options: { milliseconds: number; signal: AbortSignal }): Promise<boolean>;
  /** How many wait. */
  readonly waiting: number;
}

/** Milliseconds between two looks, for entries of other processes. */
const lookEvery = 250;

/** @param head reads the last position; its failure is no news */
export function headWatch(head: () => Promise<number>): HeadWatch {
  const waiting = new Map<() => void, number>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const last = await head();
      for (const [found, position] of waiting) if (last > position) found();
    } catch {
      // The next look, or the waiter's own reading, will say so.
    } finally {
      looking = false;
    }
  };
  const rest = (): void => {
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    wake: () => void (waiting.size > 0 && look()),
    beyond: (position, { milliseconds, signal }) =>
      new Promise((resolve) => {
        const finish = (answer: boolean) => (): void => {
          clearTimeout(deadline);
          signal.removeEventListener('abort', giveUp);
          waiting.delete(found);
          rest();
          resolve(answer);
        };
        const found = finish(true);
        const giveUp = finish(false);
        const deadline = setTimeout(giveUp, milliseconds);
        signal.addEventListener('abort', giveUp, { once: true });
        if (signal.aborted) return giveUp();
        waiting.set(found, position);
        timer ??= setInterval(() => void look(), lookEvery);
        void look();
      }),
    get waiting() {
      return waiting.size;
    },
  };
}
