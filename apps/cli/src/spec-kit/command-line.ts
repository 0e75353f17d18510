import { commands } from '../commands/index.js';
import { run } from '../run.js';
import type { Style, Terminal } from '../terminal.js';

export interface Recorded extends Terminal {
  readonly written: string[];
  readonly errors: string[];
  readonly statuses: string[];
}

/** A terminal that remembers. `colours` shows paint as `<red>text</red>`. */
export function recordingTerminal({ columns, colours = false }: { columns?: number; colours?: boolean } = {}): Recorded {
  const written: string[] = [];
  const errors: string[] = [];
  const statuses: string[] = [];
  return {
    columns,
    written,
    errors,
    statuses,
    out: (line) => void written.push(line),
    err: (line) => void errors.push(line),
    status: (text) => void statuses.push(text),
    paint: (style: Style, text) => (colours ? `<${style}>${text}</${style}>` : text),
  };
}

export interface CommandLineOptions {
  readonly operatorFile?: string;
  readonly columns?: number;
  readonly signal?: AbortSignal;
  readonly terminal?: Recorded;
}

/** Runs one command line in this process, words as a shell would split them. */
export async function commandLine(words: readonly string[], options: CommandLineOptions = {}) {
  const terminal = options.terminal ?? recordingTerminal(options.columns === undefined ? {} : { columns: options.columns });
  const { operatorFile, signal = new AbortController().signal } = options;
  const argv = operatorFile === undefined ? words : [...words, '--operator', operatorFile];
  const environment = { dataDir: '/nowhere', noColor: true };
  const status = await run(argv, { commands, environment, terminal, untilInterrupted: () => signal });
  return { status, out: terminal.written.join('\n'), err: terminal.errors.join('\n') };
}
