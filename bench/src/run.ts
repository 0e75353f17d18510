import { type Figure, verdictOf } from './figure.js';
import { jsonLine } from './json-line.js';
import type { Options } from './options.js';
import { table } from './table.js';
import { runBench } from './world.js';

export interface Terminal {
  /** Figures. */
  out(text: string): void;
  /** How it goes. */
  err(text: string): void;
}

export interface Outcome {
  readonly figures: readonly Figure[];
  /** 0: every floor was reached; 1: one was missed by more than a tenth; 2: something did not work, so that nothing is shown about it. */
  readonly status: 0 | 1 | 2;
}

/** Runs what was asked for. A bench that fails, by a wrong answer for one, keeps none of the others from running. */
export async function run({ benches, quick, json }: Omit<Options, 'write'>, terminal: Terminal): Promise<Outcome> {
  const figures: Figure[] = [];
  let failed = false;
  const listener = {
    figure(figure: Figure) {
      figures.push(figure);
      terminal.out(jsonLine(figure));
    },
    progress: (text: string) => terminal.err(text),
  };
  for (const bench of benches) {
    const before = figures.length;
    const began = performance.now();
    try {
      await runBench(bench, { quick, listener });
      if (figures.length === before) throw new Error('it measured nothing');
      terminal.err(`${bench.name} took ${Math.round((performance.now() - began) / 1_000)} s`);
    } catch (error) {
      failed = true;
      terminal.err(`${bench.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  if (!json && figures.length > 0) terminal.out(`\n${table(figures)}`);
  const missed = figures.filter((figure) => verdictOf(figure) === 'missed');
  for (const { name } of missed) terminal.err(`${name} missed its floor by more than a tenth`);
  return { figures, status: failed ? 2 : missed.length > 0 ? 1 : 0 };
}
