import { parseArgs } from 'node:util';
import type { Drill } from './drill.js';

export interface Options {
  readonly drill: Drill;
  readonly times: number;
  readonly seconds: number;
  readonly seed: number;
}

/** What was asked for cannot be done: told on one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `<name> [--times N] [--seconds N] [--seed S]`. @throws UsageError */
export function parseOptions(args: readonly string[], drills: readonly Drill[]): Options {
  const { positionals, values } = parse(args);
  const [name, ...more] = positionals;
  const drill = drills.find((each) => each.name === name);
  if (!drill || more.length > 0) throw new UsageError('name one drill: npm run drill -- <name> [--times N] [--seconds N] [--seed S]');
  return {
    drill,
    times: wholeNumber('--times', values.times, drill.times),
    seconds: wholeNumber('--seconds', values.seconds, drill.seconds),
    // Another schedule each time; the printed number gives it again.
    seed: wholeNumber('--seed', values.seed, Date.now() % 2 ** 32),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { times: text, seconds: text, seed: text } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9][0-9]{0,9}$/.test(text) || Number(text) >= 2 ** 32)
    throw new UsageError(`${name} takes a whole number from 1 to ${2 ** 32 - 1}`);
  return Number(text);
}
