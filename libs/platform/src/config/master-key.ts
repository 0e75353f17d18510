import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../secret.js';
import { type Config, ConfigError } from './config.js';

const keyBytes = 32;

/** The master key as it was set: in the environment, or in a file, never in both. */
export function masterKeyOf(value: string | undefined, file: string | undefined): Secret | undefined {
  if (value !== undefined && file !== undefined)
    throw new ConfigError('CHANCERY_MASTER_KEY', 'is set beside CHANCERY_MASTER_KEY_FILE: set one');
  if (value !== undefined) return parseKey(value, 'CHANCERY_MASTER_KEY');
  return file === undefined ? undefined : readKey(file, 'CHANCERY_MASTER_KEY_FILE');
}

/** The master key that was set, else the one in the data folder, made there (0600) at the first start. Throws a ConfigError. */
export function openMasterKey(config: Pick<Config, 'masterKey' | 'dataDir'>): Secret {
  if (config.masterKey) return config.masterKey;
  const path = join(config.dataDir, 'master.key');
  try {
    makeOnce(path, `${randomBytes(keyBytes).toString('base64url')}\n`);
  } catch (cause) {
    throw new ConfigError('CHANCERY_DATA', 'the master key cannot be kept there', { cause });
  }
  return readKey(path, 'CHANCERY_DATA');
}

/** All or nothing, and the first one stays: two starts agree on one key, and a crash leaves no half of one. */
function makeOnce(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readKey(path: string, setting: string): Secret {
  try {
    return parseKey(readFileSync(path, 'utf8').trim(), setting);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(setting, 'the master key cannot be read', { cause });
  }
}

function parseKey(text: string, setting: string): Secret {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== keyBytes || bytes.toString('base64url') !== text) throw new ConfigError(setting, 'must hold 32 bytes in base64url');
  return new Secret(bytes);
}
