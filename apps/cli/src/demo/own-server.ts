import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Refused } from '../failure.js';

export interface OwnServer {
  readonly operatorFile: string;
  /** Stops it, PostgreSQL included, and removes its folder. */
  readonly stop: () => Promise<void>;
}

export interface OwnServerOptions {
  /** The script of the all-in-one server. */
  readonly script: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Ends the waiting for a start. */
  readonly signal: AbortSignal;
}

/** Milliseconds for a first start, which creates a database cluster. */
const startWithin = 60_000;
/** Milliseconds for a stop; the server itself promises 5 s. */
const stopWithin = 8_000;

/** Starts a Chancery on a free port over a temporary folder. Answers nothing when it was stopped before. @throws Refused when it does not
 * become ready. Nothing is left of it in either case */
export async function startOwnServer({ script, variables, signal }: OwnServerOptions): Promise<OwnServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-demo-'));
  await chmod(folder, 0o711); // PostgreSQL runs as another user when this one is root
  const child = spawn(process.execPath, [script], {
    env: { ...variables, CHANCERY_DATA: folder, CHANCERY_PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Out of reach of the terminal's Ctrl-C: it is told to stop once, by us, and a second signal would make it drop everything.
    detached: true,
  });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    return { operatorFile: await readyLine(child, signal), stop };
  } catch (error) {
    await stop();
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The operator's credential that the ready line names. */
async function readyLine({ stdout, stderr }: ChildProcess, signal: AbortSignal): Promise<string> {
  if (!stdout || !stderr) throw new TypeError('the server needs pipes');
  const said: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => said.splice(0, Math.max(0, said.length - 4), line));
  const late = AbortSignal.any([signal, AbortSignal.timeout(startWithin)]);
  for await (const line of createInterface({ input: stdout, signal: late })) {
    const ready = /^chancery ready (\{.*\})$/.exec(line)?.[1];
    if (ready === undefined) continue;
    stdout.resume(); // what follows is nobody's, but a full pipe would stop the server
    return (JSON.parse(ready) as { operator: string }).operator;
  }
  throw new Refused(`the demo's own Chancery did not become ready${said.length > 0 ? `: ${said.join(' | ')}` : ''}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopWithin);
  await exit;
  clearTimeout(late);
}
