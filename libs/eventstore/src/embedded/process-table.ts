import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const linux = existsSync('/proc/self/stat');

/** Whether a process id is in use, be it by one that ended and was not yet collected by its parent. */
export function taken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: somebody else's process is a process.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process with this id runs. */
export const running = (pid: number): boolean => taken(pid) && (!linux || !['Z', 'X', undefined].includes(stat(pid)[0]));

/** What tells a process from a later one with the same id, across reboots too; undefined when there is no such process. */
export function startOf(pid: number): string | undefined {
  if (!running(pid)) return undefined;
  if (!linux) return ps(pid, 'lstart');
  const ticks = stat(pid)[19]; // field 22 of proc_pid_stat(5): ticks between boot and start
  return ticks === undefined ? undefined : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
}

/** Whether this process is a PostgreSQL server or one of its children at work in `dataDir` (a real path). */
export function worksIn(pid: number, dataDir: string): boolean {
  if (!linux) return ps(pid, 'command')?.includes(dataDir) ?? false;
  try {
    // A server's working directory is its data folder, and its children inherit it.
    return readlinkSync(`/proc/${pid}/cwd`) === dataDir && basename(readlinkSync(`/proc/${pid}/exe`)) === 'postgres';
  } catch {
    return false;
  }
}

/** The processes at work in `dataDir`. Known on Linux only; empty elsewhere. */
export function workersIn(dataDir: string): number[] {
  if (!linux) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && worksIn(pid, dataDir));
}

/** Fields of proc_pid_stat(5) from the state (field 3) on; the name before them may hold anything. */
function stat(pid: number): string[] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return (
      execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
