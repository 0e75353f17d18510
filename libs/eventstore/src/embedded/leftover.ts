import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { running, taken, workersIn, worksIn } from './process-table.js';

/** Signals a server understands, and how long each has before the next: stop after rolling back, stop at once, be stopped. */
const escalation = [
  ['SIGINT', 2_500],
  ['SIGQUIT', 1_000],
  ['SIGKILL', 1_000],
] as const satisfies readonly (readonly [NodeJS.Signals, number])[];

/** Stops a server within 5 s, whatever its state. Nothing committed is lost: an immediate stop means crash recovery at the next start. */
export async function stopServer(pid: number): Promise<void> {
  for (const [signal, patience] of escalation) {
    send(pid, signal);
    for (const end = performance.now() + patience; performance.now() < end; await sleep(10)) if (!running(pid)) return;
  }
}

/**
 * Clears the way for a server on `dataDir` (a real path): stops one that a killed parent left behind, ends the children of one that was itself
 * killed, and removes its lock when the process id in it is not a server's any more but still taken: PostgreSQL would believe the lock.
 */
export async function clearLeftover(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  const pid = lockHolder(lock);
  if (pid !== undefined && worksIn(pid, dataDir)) await stopServer(pid);
  await endStragglers(dataDir);
  const left = lockHolder(lock);
  if (left !== undefined && taken(left) && !worksIn(left, dataDir)) rmSync(lock, { force: true });
}

/** Children that outlive a killed server keep its shared memory, and no new server starts beside it. Killing them loses nothing committed. */
async function endStragglers(dataDir: string): Promise<void> {
  for (const end = performance.now() + 1_000; performance.now() < end; await sleep(10)) {
    const stragglers = workersIn(dataDir);
    if (stragglers.length === 0) return;
    for (const pid of stragglers) send(pid, 'SIGKILL');
  }
}

function lockHolder(lock: string): number | undefined {
  if (!existsSync(lock)) return undefined;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
