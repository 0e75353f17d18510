import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { executableBy } from './binaries.js';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const somebody = { uid: 65534, gid: 65534 };

/** An installed package below a home that its owner closed to everybody else. */
function closedPackage(): string {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  const native = join(path, 'home', 'native');
  mkdirSync(join(native, 'bin'), { recursive: true });
  writeFileSync(join(native, 'bin', 'postgres'), 'a program', { mode: 0o700 });
  chmodSync(join(native, 'bin'), 0o700); // installed under a strict umask
  writeFileSync(join(native, '..', 'package.json'), JSON.stringify({ version: '1.0.0' }));
  chmodSync(join(path, 'home'), 0o700);
  return native;
}

function copied(native: string): string {
  const copy = executableBy(somebody, native);
  ends.push(() => rmSync(copy, { recursive: true, force: true }));
  return copy;
}

describe('PostgreSQL’s programs below a closed home', () => {
  it('are used where they are by whom they belong to, or once the home is open', () => {
    const native = closedPackage();
    expect(executableBy(undefined, native)).toBe(native);
    chmodSync(join(native, '..'), 0o711);
    expect(executableBy(somebody, native)).toBe(native);
  });

  it('are copied where the other account can walk, once', () => {
    const native = closedPackage();
    const copy = copied(native);
    expect(readFileSync(join(copy, 'bin', 'postgres'), 'utf8')).toBe('a program');
    const opened = [copy, join(copy, 'bin'), join(copy, 'bin', 'postgres')];
    expect(opened.map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o755, 0o755]);
    const made = statSync(copy).ino;
    expect(statSync(copied(native)).ino).toBe(made);
  });

  it('are copied again when a cleaner took a file, or another version is installed', () => {
    const native = closedPackage();
    const copy = copied(native);
    rmSync(join(copy, 'bin', 'postgres'));
    expect(readFileSync(join(copied(native), 'bin', 'postgres'), 'utf8')).toBe('a program');
    writeFileSync(join(native, '..', 'package.json'), JSON.stringify({ version: '2.0.0' }));
    expect(basename(copied(native))).not.toBe(basename(copy));
  });

  it('are not taken from a folder that others may write to', () => {
    const native = closedPackage();
    const copy = copied(native);
    chmodSync(copy, 0o777);
    expect(() => executableBy(somebody, native)).toThrow(`${copy} was not made by Chancery`);
  });
});
