import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readEnvironment, variables, withoutSettings } from '../environment.js';
import { Refused } from '../failure.js';
import { untilInterrupted } from '../interrupt.js';
import { defaultOperatorFile } from '../operator.js';
import { leaveWithTheReader, processTerminal, type Terminal } from '../terminal.js';
import { startOwnServer } from './own-server.js';
import { play } from './play.js';
import { isReady } from './running-server.js';

const environment = readEnvironment(variables);
const terminal = processTerminal(environment);
const script = fileURLToPath(new URL('../../../all-in-one/dist/main.js', import.meta.url));

/** As shells name an end by Ctrl-C. */
const interrupted = 130;

async function main(): Promise<number> {
  const running = defaultOperatorFile(environment);
  if (await isReady(running)) return play(running, terminal);
  if (!existsSync(script)) throw new Refused('no Chancery runs here and none is built: use `npm run demo`, or `npm start` beside it');
  return playOnOwnServer();
}

async function playOnOwnServer(): Promise<number> {
  const signal = untilInterrupted();
  terminal.out(terminal.paint('dim', 'No Chancery runs here: starting one in a temporary folder, removed afterwards.'));
  const server = await startOwnServer({ script, variables: withoutSettings(variables), signal });
  if (server === undefined) return interrupted;
  try {
    const stopped = new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(interrupted), { once: true }));
    return await Promise.race([play(server.operatorFile, untilAborted(signal)), stopped]);
  } finally {
    await server.stop();
  }
}

/** What a story says after it was stopped is about the stop. */
const untilAborted = (signal: AbortSignal): Terminal => ({ ...terminal, out: (line) => (signal.aborted ? undefined : terminal.out(line)) });

leaveWithTheReader();
try {
  process.exitCode = await main();
} catch (error) {
  terminal.err(`chancery: ${error instanceof Refused ? error.message : String(error)}`);
  process.exitCode = 1;
}
