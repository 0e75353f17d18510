import { parseArgs } from 'node:util';
import type { Bench } from './world.js';

export interface Options {
  readonly benches: readonly Bench[];
  readonly quick: boolean;
  readonly json: boolean;
  /** Writes `docs/measurements.md`. */
  readonly write: boolean;
}

/** What was asked for cannot be done: told on one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `<name…> [--quick] [--json] [--write]`. @throws UsageError */
export function parseOptions(args: readonly string[], known: readonly Bench[]): Options {
  const { names, values } = parse(args);
  const all = names.includes('all');
  if (names.length === 0 || (all && names.length > 1))
    throw new UsageError(`name a bench, or all: ${known.map(({ name }) => name).join(', ')}`);
  if (values.write && !all) throw new UsageError('--write goes with all: half a table would pass for a whole one');
  if (values.write && values.quick)
    throw new UsageError('--write goes without --quick: its figures say little more than that everything works');
  const benches = all ? known : names.map((name) => known.find((bench) => bench.name === name) ?? unknown(name, known));
  return { benches, quick: values.quick, json: values.json, write: values.write };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { quick: flag, json: flag, write: flag },
    });
    return { names: positionals, values };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function unknown(name: string, known: readonly Bench[]): never {
  throw new UsageError(`there is no bench ${name}: ${known.map((bench) => bench.name).join(', ')}`);
}
