import { drills } from './drills/index.js';
import { type Options, parseOptions, UsageError } from './options.js';
import { run } from './run.js';

const terminal = {
  out: (text: string) => void process.stdout.write(`${text}\n`),
  err: (text: string) => void process.stderr.write(`${text}\n`),
};

function wanted(): Options | undefined {
  try {
    return parseOptions(process.argv.slice(2), drills);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.err(error.message);
    for (const { name, what } of drills) terminal.err(`  ${name.padEnd(14)} ${what}`);
    return undefined;
  }
}

const options = wanted();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort(signal));
// What a drill leaves behind on its way out (a socket, a timer of a client that failed) keeps nobody waiting.
process.exit(options === undefined ? 2 : await run(options, { terminal, signal: stopping.signal }));
