import { type Log, silentLog } from '../logs/log.js';

/** One thing to do before leaving, by the name people will read when it takes too long. */
export interface StopStep {
  readonly name: string;
  run(): Promise<void> | void;
}

export interface GracefulOptions {
  /** In this order: stop accepting, finish, flush, leave. */
  readonly onStop: readonly StopStep[];
  /** Milliseconds for all of them together. */
  readonly within: number;
  readonly log?: Log;
  /** The process, unless told. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'exit'>;
  /** Milliseconds that only grow; the machine's unless told. */
  readonly clock?: () => number;
}

/**
 * On SIGINT, SIGTERM or SIGHUP (a closed terminal) takes the steps and leaves with 0, or with 1 when one failed or the time was over; on a second signal, a second or more
 * after the first, leaves at once: one Ctrl-C reaches a process twice where npm passes on what the terminal has sent already.
 * A step that fails does not keep the next ones from their turn. `stop` does the same without a signal, and does not leave.
 */
export function graceful(options: GracefulOptions): { stop(): Promise<boolean> } {
  const leaving = options.process ?? process;
  const clock = options.clock ?? (() => performance.now());
  let stopping: Promise<boolean> | undefined;
  let begun = 0;
  const stop = () => {
    if (!stopping) begun = clock();
    return (stopping ??= takeSteps(options));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    leaving.on(signal, () => {
      if (stopping && clock() - begun >= 1_000) leaving.exit(1);
      void stop().then((clean) => leaving.exit(clean ? 0 : 1));
    });
  }
  return { stop };
}

async function takeSteps({ onStop, within, log = silentLog }: GracefulOptions): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, within, 'late');
  let clean = true;
  for (const step of onStop) {
    const { name } = step;
    try {
      if ((await Promise.race([Promise.resolve(step.run()), late])) === 'late') {
        log.error({ name }, 'stopping took too long here');
        return false;
      }
    } catch (err) {
      clean = false;
      log.error({ name, err }, 'stopping failed here');
    }
  }
  clearTimeout(timer);
  return clean;
}
