import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The spool's folder cannot be used; the message says why. */
export class SpoolUnusable extends Error {
  override readonly name = 'SpoolUnusable';
}

/**
 * Makes a folder, closed to everybody else, and this process its only user until it ends, however it ends. The lock is the kernel's, taken
 * through SQLite: nobody has to guess whether a process id in a file still means the one that wrote it, nor in which container.
 * @returns what releases it
 * @throws SpoolUnusable
 */
export function holdFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    throw new SpoolUnusable('the folder of the spool cannot be written to', { cause });
  }
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new SpoolUnusable('another process that still runs has this spool: each gateway needs a name and a folder of its own', { cause });
  }
  return () => lock.close();
}
