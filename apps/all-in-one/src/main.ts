import 'reflect-metadata';
import { ConfigError, createLogger, graceful, loadConfig } from '@chancery/platform';
import { complain } from './complain.js';
import { Opened } from './opened.js';
import { start } from './start.js';

const notice = (text: string) => process.stderr.write(`${text}\n`);

/** Ends a start at its next step; resolves when it has come there. */
async function abandon(leaving: AbortController, starting: Promise<unknown>): Promise<void> {
  leaving.abort();
  await starting.catch(() => undefined);
}

try {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'chancery');
  const opened = new Opened();
  const leaving = new AbortController();
  const starting = start({ config, log, notice, opened, signal: leaving.signal });
  // Installed before the start is through: what it has begun by then, PostgreSQL above all, would outlive this process.
  const { stop } = graceful({
    onStop: [
      { name: 'start', run: () => abandon(leaving, starting) },
      { name: 'all that was opened', run: () => opened.close(log) },
    ],
    within: 10_000,
    log,
  });
  try {
    const { issuer, operator } = await starting;
    console.log(`chancery ready ${JSON.stringify({ issuer, console: `${issuer}/console/`, operator })}`);
  } catch (error) {
    const told = leaving.signal.aborted;
    await stop();
    if (!told) throw error;
  }
} catch (error) {
  complain(error, notice);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
