import { ConfigError, type LogLevel } from '../config/config.js';
import { createLogger } from '../logs/create-logger.js';
import type { Log } from '../logs/log.js';
import { awayCode } from './away-code.js';
import { graceful } from './graceful.js';
import { Opened } from './opened.js';

/** What a process has while it starts. */
export interface Starting<Config> {
  readonly config: Config;
  readonly log: Log;
  /** Told what a person should read on the terminal. */
  readonly notice: (text: string) => void;
  /** Everything that has to be closed is put here as soon as it is open, whether or not the start succeeds. */
  readonly opened: Opened;
  /** Ends the start at its next step. */
  readonly signal: AbortSignal;
}

export interface ProcessOptions<Config extends { readonly logLevel: LogLevel }, Running> {
  /** In logs. */
  readonly name: string;
  load(): Config;
  start(starting: Starting<Config>): Promise<Running>;
  /** The last line of a start on standard output. */
  ready(running: Running): string;
  /** Milliseconds from the signal to the end; 10 000 unless told. */
  readonly within?: number;
  /** Its start is all it does: it leaves when that is through. */
  readonly once?: boolean;
  /** Why a start stopped, in one line, where that is not the error's own message. */
  reasonOf?(error: unknown): string | undefined;
}

const notice = (text: string) => void process.stderr.write(`${text}\n`);

/**
 * One process from its configuration to its end: starts, says that it is ready, and stops on a signal, in the middle of its start too. Leaves with 2
 * for a setting that is not acceptable, with 1 for what else keeps it from starting.
 */
export async function runProcess<Config extends { readonly logLevel: LogLevel }, Running>(
  options: ProcessOptions<Config, Running>,
): Promise<void> {
  try {
    const config = options.load();
    const log = createLogger(config.logLevel, options.name);
    const opened = new Opened();
    const leaving = new AbortController();
    const starting = options.start({ config, log, notice, opened, signal: leaving.signal });
    // Installed before the start is through: what it has begun by then, PostgreSQL above all, would outlive this process.
    const { stop } = graceful({
      onStop: [
        { name: 'start', run: () => abandon(leaving, starting) },
        { name: 'all that was opened', run: () => opened.close(log) },
      ],
      within: options.within ?? 10_000,
      log,
    });
    // Whoever started it and held a channel to it is gone: nobody else would stop it.
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel?.unref();
    try {
      const running = await starting;
      console.log(options.ready(running));
      if (options.once) process.exit((await stop()) ? 0 : 1);
    } catch (error) {
      const told = leaving.signal.aborted;
      await stop();
      if (!told) throw error;
    }
  } catch (error) {
    notice(`chancery cannot start: ${options.reasonOf?.(error) ?? reasonOf(error)}`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

/** Ends a start at its next step; resolves when it has come there. */
async function abandon(leaving: AbortController, starting: Promise<unknown>): Promise<void> {
  leaving.abort();
  await starting.catch(() => undefined);
}

function reasonOf(error: unknown): string {
  const code = awayCode(error);
  if (code !== undefined) return `CHANCERY_DATABASE_URL: the server does not answer (${code})`;
  // PostgreSQL's own words, such as a login that is refused; they hold no password.
  return error instanceof Error ? error.message : 'an unknown fault';
}
