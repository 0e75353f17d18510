import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { withoutSettings } from '@chancery/platform';

/** A process of ours that runs. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves with its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves with the rest of the line that begins with this, on its standard output. Rejects when it ends before. */
  line(beginning: string): Promise<string>;
  /** Asks it to stop, and insists after `within` milliseconds. */
  stop(within?: number): Promise<void>;
}

export interface SpawnOptions {
  readonly name: string;
  /** Relative to `apps/`. */
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Told every line it writes. */
  readonly tell: (name: string, line: string) => void;
}

/** The Kafka client asks for a timer in the past where there is nothing to wait for, and Node.js says so each time. */
const quiet = '--disable-warning=TimeoutNegativeWarning';

/** As `npm start` (ADR 0025). */
const smallHeap = ['--max-semi-space-size=16', '--heap-growing-percent=50'];

const apps = new URL('../../', import.meta.url);

/** Starts one of our processes. It ends when this one does, however that ends: it holds a channel to it. */
export function spawnChild({ name, script, variables, tell }: SpawnOptions): Child {
  const child = spawn(process.execPath, [quiet, ...smallHeap, fileURLToPath(new URL(script, apps))], {
    // Nothing of what the terminal's own environment sets for Chancery: each gets what its plan says.
    env: { ...withoutSettings(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Out of reach of the terminal's Ctrl-C: they are told to stop by us, in their order.
    detached: true,
  });
  const said: string[] = [];
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) throw new TypeError('a child has pipes');
    createInterface({ input: stream }).on('line', (line) => {
      tell(name, line);
      if (stream !== child.stdout) return;
      said.push(line);
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  return {
    name,
    pid: child.pid ?? 0,
    ended,
    line(beginning) {
      const found = new Promise<string>((resolve) => {
        const look = (): void => {
          const line = said.find((each) => each.startsWith(beginning));
          if (line !== undefined) resolve(line.slice(beginning.length));
        };
        listeners.add(look);
        look();
      });
      const early = ended.then((how) => Promise.reject(new Error(`${name} ended (${how}) before it was ready`)));
      return Promise.race([found, early]);
    },
    stop: (within = 12_000) => stop(child, ended, within),
  };
}

async function stop(child: ChildProcess, ended: Promise<unknown>, within: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), within);
  await ended;
  clearTimeout(late);
}
