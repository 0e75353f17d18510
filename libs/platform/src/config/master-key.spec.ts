import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../secret.js';
import { openMasterKey } from './master-key.js';

function dataDir(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  return join(folder.path, 'data');
}

describe('the master key', () => {
  it('is made at the first start, for its owner alone, and stays', () => {
    const home = dataDir();
    const first = openMasterKey({ dataDir: home }).reveal();
    expect(first).toHaveLength(32);
    expect(statSync(join(home, 'master.key')).mode & 0o777).toBe(0o600);
    expect(openMasterKey({ dataDir: home }).reveal()).toEqual(first);
    expect(readdirSync(home)).toEqual(['master.key']);
  });

  it('is another one in another folder', () => {
    expect(openMasterKey({ dataDir: dataDir() }).reveal()).not.toEqual(openMasterKey({ dataDir: dataDir() }).reveal());
  });

  it('is the one that was set, and then none is made', () => {
    const home = dataDir();
    const masterKey = new Secret(Buffer.alloc(32, 1));
    expect(openMasterKey({ dataDir: home, masterKey })).toBe(masterKey);
    expect(existsSync(home)).toBe(false);
  });

  it('is never replaced: a damaged file stops the start and stays as it is', () => {
    const home = dataDir();
    mkdirSync(home);
    writeFileSync(join(home, 'master.key'), 'half a ke');
    expect(() => openMasterKey({ dataDir: home })).toThrow(/^CHANCERY_DATA: must hold 32 bytes in base64url$/);
    expect(readFileSync(join(home, 'master.key'), 'utf8')).toBe('half a ke');
  });

  it('that cannot be kept stops the start, naming the setting', () => {
    const home = dataDir();
    writeFileSync(home, 'a file, not a folder');
    chmodSync(home, 0o600);
    expect(() => openMasterKey({ dataDir: home })).toThrow(/^CHANCERY_DATA: the master key cannot be kept there$/);
  });
});
