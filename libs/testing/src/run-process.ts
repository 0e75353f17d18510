import { spawn, type ChildProcess } from 'node:child_process';
import { waitFor } from './wait-for.js';

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunProcessOptions {
  readonly args?: readonly string[];
  /** Arguments of Node.js itself, such as `--conditions=…`. */
  readonly nodeArgs?: readonly string[];
  /** Added to the environment of the spec; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface RunningProcess {
  readonly pid: number;
  readonly exit: Promise<ProcessExit>;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** The first line on standard output that matches. Fails when the process ends without it or after `timeout` ms (30 000 unless told). */
  line(match: RegExp | string, timeout?: number): Promise<string>;
  /** Sends a signal (`SIGKILL` for kill -9) and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<ProcessExit>;
}

/** Runs a Node.js script as a process of its own. One that is still alive when the spec's process ends is killed. */
export function runProcess(script: string, options: RunProcessOptions = {}): RunningProcess {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), script, ...(options.args ?? [])], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = collect(child);
  const exit = exitOf(child);
  return {
    get pid() {
      if (child.pid === undefined) throw new Error(`could not start ${script}`);
      return child.pid;
    },
    exit,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    line: (match, timeout = 30_000) => lineOf({ child, written, match, timeout }),
    kill(signal = 'SIGTERM') {
      child.kill(signal);
      return exit;
    },
  };
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => (written[stream] += text));
  }
  return written;
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const killAtTheEnd = () => child.kill('SIGKILL');
  process.once('exit', killAtTheEnd);
  return new Promise((resolve) => {
    // `close`, not `exit`: what was written last has arrived by then.
    child.once('close', (code, signal) => {
      process.removeListener('exit', killAtTheEnd);
      resolve({ code, signal });
    });
    child.once('error', () => resolve({ code: null, signal: null }));
  });
}

interface LineQuestion {
  child: ChildProcess;
  written: { stdout: string; stderr: string };
  match: RegExp | string;
  timeout: number;
}

async function lineOf({ child, written, match, timeout }: LineQuestion): Promise<string> {
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const seen = await waitFor(
    () => {
      const gone = ended();
      const complete = written.stdout.split('\n').slice(0, -1);
      const found = complete.find((line) => (typeof match === 'string' ? line.includes(match) : match.test(line)));
      return found !== undefined ? { found } : gone && { found: undefined };
    },
    { timeout },
  );
  if (seen.found === undefined) {
    throw new Error(`the process ended (${child.exitCode ?? child.signalCode}) without the line ${match}: ${written.stderr.slice(-2_000)}`);
  }
  return seen.found;
}
