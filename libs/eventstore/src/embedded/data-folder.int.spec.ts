import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DataFolderUnreachableError, makeFolder } from './data-folder.js';
import { startEmbeddedPostgres } from './start-embedded-postgres.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function folder(): string {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  return path;
}

/** As a home that its owner closed to everybody else. */
function closedHome(): string {
  const home = join(folder(), 'home');
  mkdirSync(home, { mode: 0o700 });
  return home;
}

const root = process.getuid?.() === 0;

describe('the folder of the data', () => {
  it('is the one that was asked for', async () => {
    const dataDir = join(folder(), 'new', 'postgres');
    const server = await startEmbeddedPostgres({ dataDir, volatile: true });
    ends.push(() => server.stop());
    expect(server.dataDir).toBe(dataDir);
    expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true);
  });

  it('may be a link', async () => {
    const home = folder();
    mkdirSync(join(home, 'real'), { mode: 0o700 });
    symlinkSync(join(home, 'real'), join(home, 'link'));
    const server = await startEmbeddedPostgres({ dataDir: join(home, 'link'), volatile: true });
    ends.push(() => server.stop());
    expect(server.dataDir).toBe(join(home, 'real'));
  });

  it('can be walked through by PostgreSQL’s account though the umask says otherwise, where it was made here', () => {
    const before = process.umask(0o077);
    ends.push(() => process.umask(before));
    const made = join(folder(), 'a', 'b');
    makeFolder(made);
    expect([statSync(made).mode & 0o777, statSync(dirname(made)).mode & 0o777]).toEqual([0o711, 0o711]);
  });

  it('keeps the permissions it had, where it was there before', () => {
    const home = closedHome();
    makeFolder(home);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });
});

describe.runIf(root)('a data folder that PostgreSQL’s account cannot reach', () => {
  it('is refused by name when it was asked for, and nothing is put there or anywhere else', async () => {
    const home = closedHome();
    const before = existsSync('/var/lib/chancery') ? readdirSync('/var/lib/chancery') : [];
    const refused = startEmbeddedPostgres({ dataDir: join(home, 'postgres'), volatile: true });
    await expect(refused).rejects.toThrow(DataFolderUnreachableError);
    await expect(refused).rejects.toThrow(`${join(home, 'postgres')} cannot be reached by PostgreSQL`);
    await expect(refused).rejects.toThrow('CHANCERY_DATA');
    expect(readdirSync(home)).toEqual([]);
    expect(existsSync('/var/lib/chancery') ? readdirSync('/var/lib/chancery') : []).toEqual(before);
    chmodSync(home, 0o711);
    const honest = await startEmbeddedPostgres({ dataDir: join(home, 'postgres'), volatile: true });
    ends.push(() => honest.stop());
    expect(honest.dataDir).toBe(join(home, 'postgres'));
  });

  it('moves to /var/lib/chancery when it is the default one, said aloud, and to the same place the next time', async () => {
    const home = closedHome();
    const notices: string[] = [];
    const options = {
      dataDir: join(home, 'postgres'),
      defaultFolder: true,
      volatile: true,
      onNotice: (text: string) => notices.push(text),
    };
    const first = await startEmbeddedPostgres(options);
    ends.push(() => rmSync(dirname(first.dataDir), { recursive: true }));
    expect(first.dataDir).toMatch(/^\/var\/lib\/chancery\/[0-9a-f]{12}\/postgres$/);
    expect(notices).toEqual([expect.stringContaining(dirname(first.dataDir))]);
    expect(readdirSync(home)).toEqual([]);
    await first.stop();
    const second = await startEmbeddedPostgres(options);
    await second.stop();
    expect(second.dataDir).toBe(first.dataDir);
  });
});
