import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { searchPath } from './environment.js';

/** Which cores who runs on, as `taskset` takes them; undefined where nothing can be pinned. */
export interface Cores {
  readonly server: string | undefined;
  readonly database: string | undefined;
  readonly client: string | undefined;
  readonly count: number;
}

export const isInstalled = (program: string): boolean => searchPath().some((folder) => existsSync(join(folder, program)));

/** One core for the contestants, who take turns on it; the next for PostgreSQL; what is left for the load, which shares with PostgreSQL on two. */
export function shareCores(count = availableParallelism(), pinnable = isInstalled('taskset')): Cores {
  if (!pinnable || count < 2) return { server: undefined, database: undefined, client: undefined, count };
  const client = count === 2 ? '1' : count === 3 ? '2' : `2-${count - 1}`;
  return { server: '0', database: '1', client, count };
}

/** A command line that runs on that core. */
export const onCore = (core: string | undefined, command: readonly string[]): readonly string[] =>
  core === undefined ? command : ['taskset', '-c', core, ...command];

/** Moves a running process with all its threads; what it starts from now on goes with it. Throws with what `taskset` said. */
export function moveTo(core: string | undefined, pid: number): void {
  if (core === undefined) return;
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', core, String(pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`a process could not be moved to core ${core}: ${stderr}`);
}
