import { benches } from './benches/index.js';
import { parseOptions, UsageError } from './options.js';
import { run } from './run.js';
import { abandon } from './world.js';
import { writeMeasurements } from './write/write-measurements.js';

const terminal = {
  out: (text: string) => void process.stdout.write(`${text}\n`),
  err: (text: string) => void process.stderr.write(`${text}\n`),
};

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => void abandon(terminal.err).finally(() => process.exit(status)));

try {
  const args = process.argv.slice(2);
  const options = parseOptions(args, benches);
  const { figures, status } = await run(options, terminal);
  if (options.write && status < 2) writeMeasurements(figures, `npm run bench -- ${args.join(' ')}`);
  process.exitCode = status;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  terminal.err(error.message);
  for (const { name, what } of benches) terminal.err(`  ${name.padEnd(12)} ${what}`);
  process.exitCode = 2;
}
