import { styleText } from 'node:util';
import type { Environment } from './environment.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command writes. */
export interface Terminal {
  /** Width of the screen; undefined where lines go to a file or a pipe and may be of any length. */
  readonly columns: number | undefined;
  /** One line for the reader, or for the next program. */
  out(line: string): void;
  /** One line that is not part of the result. */
  err(line: string): void;
  /** What goes on while somebody waits: replaced by the next one, taken away by an empty one. On a screen only. */
  status(text: string): void;
  paint(style: Style, text: string): string;
}

/** The terminal of this process: colours only on a screen, and not where `NO_COLOR` is set. */
export function processTerminal(environment: Environment): Terminal {
  const { stdout, stderr } = process;
  const colours = stdout.isTTY && !environment.noColor;
  return {
    columns: stdout.isTTY ? stdout.columns : undefined,
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    // Back to the beginning of the line, and what was there goes.
    status: (text) => void (stderr.isTTY && stderr.write(`\r\u001b[K${text}`)),
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** A reader that has gone (`| head`) is no failure of ours. */
export function leaveWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
