import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { promisify } from 'node:util';
import type { ServerUser } from './server-user.js';

/** A data folder of PostgreSQL, and what it takes to work in it. */
export interface Cluster {
  readonly native: string;
  readonly dataDir: string;
  readonly user: ServerUser | undefined;
  readonly volatile: boolean;
  /** Undefined: any local user may connect (`trust`). */
  readonly password: string | undefined;
}

// Nothing of our own environment: it may hold secrets, and PG* variables would change what the server does.
export const environment = { LC_ALL: 'C', TZ: 'UTC' };

/** Linux flushes a whole file system at once, where the other way is to open a thousand files: the difference between half a second and four. */
export const syncMethod = process.platform === 'linux' ? 'syncfs' : 'fsync';

/** PostgreSQL's programs start in the root folder, which every account can enter. */
export const workingDirectory = (dataDir: string): string => parse(dataDir).root;

/** Opens the cluster in `dataDir`, or makes one: whole, or not at all. */
export async function openCluster(place: Omit<Cluster, 'password'> & { trust: boolean }): Promise<Cluster> {
  const { native, dataDir, user, volatile, trust } = place;
  const made = existsSync(join(dataDir, 'PG_VERSION'));
  if (!made && existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(`${dataDir} holds something that is no PostgreSQL data: set CHANCERY_DATA to another folder`);
  }
  const cluster: Cluster = { native, dataDir, user, volatile, password: trust ? undefined : password({ dataDir, user, made }) };
  if (!made) await initialise(cluster);
  return cluster;
}

const passwordFile = (dataDir: string) => `${dataDir}.password`;

function password({ dataDir, user, made }: { dataDir: string; user: ServerUser | undefined; made: boolean }): string {
  const file = passwordFile(dataDir);
  if (!existsSync(file)) {
    if (made) throw new Error(`${file}, the password of the PostgreSQL data in ${dataDir}, is missing: put it back`);
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  // initdb reads it under PostgreSQL's account.
  if (user) chownSync(file, user.uid, user.gid);
  return readFileSync(file, 'utf8');
}

/** Made under another name and moved into place, so that a kill in between leaves nothing that looks like a cluster. */
async function initialise({ native, dataDir, user, volatile, password: secret }: Cluster): Promise<void> {
  const fresh = `${dataDir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (user) chownSync(fresh, user.uid, user.gid);
  const auth = secret === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile(dataDir)}`];
  const kind = ['--encoding=UTF8', '--locale=C', '--data-checksums', ...(volatile ? ['--no-sync'] : [`--sync-method=${syncMethod}`])];
  const options = { ...user, cwd: workingDirectory(dataDir), env: environment };
  try {
    await promisify(execFile)(join(native, 'bin', 'initdb'), ['-D', fresh, '-U', 'postgres', ...auth, ...kind], options);
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make its data in ${dataDir}: ${(cause as { stderr?: string }).stderr ?? ''}`, { cause });
  }
  renameSync(fresh, dataDir);
  if (!volatile) syncFolder(dirname(dataDir));
}

function syncFolder(path: string): void {
  // Windows opens no folder.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
