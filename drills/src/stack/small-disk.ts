import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../drill.js';

/** A file system of a few megabytes, which can be filled to its last block. */
export interface SmallDisk {
  readonly path: string;
  /** Takes every free block, and those that get free meanwhile, for so many milliseconds; then gives all back. */
  full(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** @throws CannotRun where nothing can be mounted */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk {
  mkdirSync(path, { recursive: true, mode: 0o711 });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'chancery-drill', path], { encoding: 'utf8' });
  if (mounted.status !== 0)
    throw new CannotRun(`a small file system cannot be mounted: ${mounted.stderr?.trim() || mounted.error?.message}`);
  const ballast = join(path, 'ballast');
  return {
    path,
    async full(milliseconds) {
      const until = performance.now() + milliseconds;
      try {
        while (performance.now() < until) {
          fill(ballast, path);
          await sleep(20);
        }
      } finally {
        rmSync(ballast, { force: true });
      }
    },
    close: () => {
      // Lazily, where somebody still ends: nothing of it is wanted any more.
      spawnSync('umount', ['-l', path]);
      return Promise.resolve();
    },
  };
}

const block = Buffer.alloc(65_536, 1);

function fill(file: string, path: string): void {
  const { bavail, bsize } = statfsSync(path);
  if (bavail === 0) return;
  const descriptor = openSync(file, 'a');
  try {
    for (let left = bavail * bsize; left > 0; left -= block.length) writeSync(descriptor, block, 0, Math.min(left, block.length));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(descriptor);
  }
}
