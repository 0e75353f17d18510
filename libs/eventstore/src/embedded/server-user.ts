import { type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The account PostgreSQL runs under; undefined where it is our own. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

// Exists everywhere and owns nothing, so no account has to be created.
const nobody: ServerUser = { uid: 65534, gid: 65534 };

/** PostgreSQL refuses to run as root. A cluster that another account began stays that account's. */
export function serverUser(dataDir: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const begun = statSync(join(dataDir, 'PG_VERSION'), { throwIfNoEntry: false });
  return begun && begun.uid !== 0 ? { uid: begun.uid, gid: begun.gid } : nobody;
}

/** The first folder on the way to `path`, itself included, that `user` may not walk through; undefined where the way is open. */
export function closedFolder(path: string, user: ServerUser | undefined): string | undefined {
  if (!user) return undefined;
  const way: string[] = [];
  for (let dir = path; ; dir = dirname(dir)) {
    way.unshift(dir);
    if (dir === dirname(dir)) break;
  }
  return way.find((dir) => !mayWalk(statSync(dir), user));
}

function mayWalk({ mode, uid, gid }: Stats, user: ServerUser): boolean {
  if (uid === user.uid) return (mode & 0o100) !== 0;
  return (mode & (gid === user.gid ? 0o010 : 0o001)) !== 0;
}
