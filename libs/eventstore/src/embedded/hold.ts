import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './data-folder.js';
import { startOf } from './process-table.js';

/** A data folder that is ours until released, or until this process ends. */
export interface Hold {
  release(): void;
}

/** Another process that still runs holds the data. */
export class DataFolderHeldError extends Error {
  override readonly name = 'DataFolderHeldError';
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`The data in ${folder} is held by the running process ${pid}: stop it, or set CHANCERY_DATA to another folder`);
    this.pid = pid;
  }
}

/** Makes this process the only holder of a data folder, which is made when missing. Throws DataFolderHeldError while another one holds it. */
export function holdDataFolder(dir: string): Hold {
  makeFolder(dir);
  return hold(join(realpathSync(dir), 'chancery.lock'));
}

/** Takes the lock file `path`. A lock whose process is gone, or whose process id means another process now, is taken over. */
export function hold(path: string): Hold {
  const start = startOf(process.pid);
  const claim = JSON.stringify({ pid: process.pid, start, id: randomUUID() });
  const written = `${path}.${randomUUID()}`;
  writeFileSync(written, claim, { mode: 0o600 });
  try {
    take(path, written);
  } finally {
    rmSync(written, { force: true });
  }
  return {
    release: () => {
      // A folder that was removed and made again may be another's by now.
      if (read(path) === claim) rmSync(path, { force: true });
    },
  };
}

/** `written` becomes `path` as a whole: nobody ever reads half a claim. */
function take(path: string, written: string): void {
  for (;;) {
    if (linked(written, path)) return;
    const found = read(path);
    if (found === undefined) continue;
    const holder = liveHolder(found);
    if (holder !== undefined) throw new DataFolderHeldError(dirname(path), holder);
    if (replace({ path, written, stale: found })) return;
  }
}

/**
 * Of all who saw the same stale claim one may replace it: a lock of its own, named by that claim, says who. A claim is never written twice,
 * so whoever comes late finds another claim than the one its lock is for, and looks again.
 */
function replace({ path, written, stale }: { path: string; written: string; stale: string }): boolean {
  const right = hold(successorOf(path, stale));
  try {
    if (read(path) !== stale) return false;
    const copy = `${written}.copy`;
    linkSync(written, copy);
    renameSync(copy, path);
    return true;
  } finally {
    right.release();
  }
}

/** The lock that says who may replace a stale claim. */
export const successorOf = (path: string, stale: string): string =>
  `${path}.after-${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** The holder's process id while it runs; a claim that a crash left unreadable is nobody's. */
function liveHolder(claim: string): number | undefined {
  try {
    const { pid, start } = JSON.parse(claim) as { pid: number; start?: string };
    return Number.isInteger(pid) && pid > 0 && start !== undefined && startOf(pid) === start ? pid : undefined;
  } catch {
    return undefined;
  }
}
