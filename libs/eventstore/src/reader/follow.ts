/** A step done again and again: at once while there is more, else when it is woken, and in any case every `pollEvery`. */
export interface Following {
  /** Something may be there: do not wait for the poll. */
  wake(): void;
  /** Ends after the step in hand. */
  stop(): Promise<void>;
  /** Resolves when it is over: with the error that ended it for good, or with nothing after `stop`. */
  readonly ended: Promise<Error | undefined>;
}

export interface FollowOptions {
  /** Answers whether there is probably more. */
  step(): Promise<boolean>;
  /** Milliseconds; 250 unless told. A wake-up can be lost on its way, a poll cannot. */
  readonly pollEvery?: number;
  /** A step failed and will be done again: a database that is away, mostly. */
  onTrouble?(error: unknown): void;
  /** Whether an error ends it: trying again would not help, and going on would skip. */
  endsIt?(error: unknown): boolean;
}

const longestPause = 2_000;

export function follow({ step, pollEvery = 250, onTrouble, endsIt }: FollowOptions): Following {
  const bell = new Bell();
  const stop = new AbortController();
  let failures = 0;

  const run = async (): Promise<Error | undefined> => {
    while (!stop.signal.aborted) {
      try {
        const more = await step();
        failures = 0;
        if (!more) await bell.wait(pollEvery);
      } catch (error) {
        if (endsIt?.(error)) return error as Error;
        onTrouble?.(error);
        // A wake-up does not shorten this pause: a busy store whose reader fails must not be asked in a tight loop.
        await bell.pause(Math.min(25 * 2 ** failures++, longestPause));
      }
    }
    return undefined;
  };
  const ended = run();
  return {
    ended,
    wake: () => bell.ring(),
    async stop() {
      stop.abort();
      bell.end();
      await ended;
    },
  };
}

/** Waiting that can be cut short; a ring while nobody waits is kept for the next wait. */
class Bell {
  #rung = false;
  #ended = false;
  #release: (() => void) | undefined;
  #interruptible = true;

  ring(): void {
    this.#rung = true;
    if (this.#interruptible) this.#release?.();
  }

  end(): void {
    this.#ended = true;
    this.#release?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) await this.#sleep(ms, true);
    this.#rung = false;
  }

  pause(ms: number): Promise<void> {
    return this.#sleep(ms, false);
  }

  #sleep(ms: number, interruptible: boolean): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#interruptible = interruptible;
      const timer = setTimeout(() => this.#release?.(), ms);
      this.#release = () => {
        clearTimeout(timer);
        this.#release = undefined;
        resolve();
      };
    });
  }
}
