import type { Terminal } from '../terminal.js';

export interface Progress {
  /** How far it is: shown a few times a second, once it has taken a second. */
  at(state: { readonly done: number; readonly of: number }): void;
  end(): void;
}

/** Milliseconds. */
const worthwhile = 1_000;
const between = 100;
const barWidth = 24;

/** What is counted, and a clock in milliseconds. */
interface ProgressOptions {
  readonly unit?: string;
  readonly clock?: () => number;
}

/** A bar on the terminal of whoever waits. */
export function progress(
  terminal: Pick<Terminal, 'status'>,
  { unit = 'entries', clock = () => performance.now() }: ProgressOptions = {},
): Progress {
  let next = clock() + worthwhile;
  let shown = false;
  return {
    at({ done, of }) {
      if (clock() < next || of === 0) return;
      next = clock() + between;
      shown = true;
      terminal.status(bar(done, of, unit));
    },
    end() {
      if (shown) terminal.status('');
    },
  };
}

export function bar(done: number, of: number, unit: string): string {
  const part = Math.min(1, done / of);
  const full = Math.floor(part * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(Math.floor(part * 100)).padStart(3)} %  ${done} of ${of} ${unit}`;
}
