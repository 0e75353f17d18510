import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { closedFolder, type ServerUser } from './server-user.js';

/** The data folder that was asked for cannot be used; the message names it and the setting. */
export class DataFolderUnreachableError extends Error {
  override readonly name = 'DataFolderUnreachableError';
}

const shared = '/var/lib/chancery';

/** Makes a folder that is missing, with its parents, so that PostgreSQL's account can walk through what was made whatever the umask. */
export function makeFolder(path: string): void {
  try {
    const first = mkdirSync(path, { recursive: true, mode: 0o711 });
    if (first === undefined) return;
    for (let made = resolve(path); ; made = dirname(made)) {
      chmodSync(made, 0o711);
      if (made === resolve(first)) return;
    }
  } catch (cause) {
    throw new DataFolderUnreachableError(`The data folder ${path} cannot be made: set CHANCERY_DATA to a folder of your own`, { cause });
  }
}

/**
 * Where the cluster lives: where it was asked for, or, for the default folder below a closed home alone, under /var/lib/chancery, with a notice.
 * Throws DataFolderUnreachableError for any other folder PostgreSQL's account cannot reach. The folder itself is made by whoever makes the cluster.
 */
export function locateCluster(
  asked: { dataDir: string; defaultFolder: boolean },
  user: ServerUser | undefined,
  notice: (text: string) => void,
): string {
  makeFolder(dirname(resolve(asked.dataDir)));
  const parent = realpathSync(dirname(resolve(asked.dataDir)));
  const named = join(parent, basename(asked.dataDir));
  const made = existsSync(named);
  const wanted = made ? realpathSync(named) : named;
  // The cluster's own folder is handed to PostgreSQL's account; the way to it is not ours to open.
  const closed = closedFolder(dirname(wanted), user);
  if (closed === undefined) return wanted;
  if (!asked.defaultFolder) {
    throw new DataFolderUnreachableError(
      `The data folder ${wanted} cannot be reached by PostgreSQL, which runs as uid ${user?.uid} because root may not run it: ${closed} is closed to other users. Open it (chmod o+x) or set CHANCERY_DATA to another folder`,
    );
  }
  const moved = join(shared, createHash('sha256').update(wanted).digest('hex').slice(0, 12));
  makeFolder(moved);
  notice(`${closed} is closed to other users, so PostgreSQL (uid ${user?.uid}) keeps its data in ${moved}`);
  return join(moved, basename(wanted));
}
