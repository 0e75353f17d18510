import { resolve } from 'node:path';
import { canarySecret, expectNoSecret, temporaryFolder } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nothingAllowed } from '../outbound/allowed-targets.js';
import { ConfigError } from './config.js';
import { loadConfig } from './load-config.js';

const key = Buffer.alloc(32, 7).toString('base64url');

function refusal(env: Record<string, string>): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('has the design’s defaults', () => {
    expect(loadConfig({ PATH: '/bin' })).toEqual({
      host: '127.0.0.1',
      port: 4400,
      metricsPort: 0,
      dataDir: resolve('.chancery'),
      dataDirIsDefault: true,
      issuer: 'http://127.0.0.1:4400',
      logLevel: 'info',
      stalenessBudget: 5,
      storeAwayBudget: 30,
      signingAlgorithm: 'ES256',
      connections: 10,
      lanes: 2,
      fetchAllow: nothingAllowed,
      spoolBytes: 67_108_864,
    });
  });

  it('is what was set', () => {
    const config = loadConfig({
      CHANCERY_PORT: '4411',
      CHANCERY_DATA: 'somewhere',
      CHANCERY_ISSUER: 'https://as.example',
      CHANCERY_DATABASE_URL: 'postgres://u:p@db.example/chancery',
      CHANCERY_MASTER_KEY: key,
      CHANCERY_STORE_AWAY_BUDGET: '0',
      CHANCERY_SIGNING_ALGORITHM: 'Ed25519',
      CHANCERY_FETCH_ALLOW: 'keys.corp.internal,10.1.0.0/16',
    });
    expect(config).toMatchObject({
      port: 4411,
      dataDir: resolve('somewhere'),
      dataDirIsDefault: false,
      issuer: 'https://as.example',
      databaseUrl: 'postgres://u:p@db.example/chancery',
      storeAwayBudget: 0,
      signingAlgorithm: 'Ed25519',
    });
    const { fetchAllow } = config;
    expect([fetchAllow.isNamed('keys.corp.internal'), fetchAllow.isListed('10.1.2.3'), fetchAllow.isListed('10.2.0.1')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(config.masterKey?.reveal()).toEqual(Buffer.alloc(32, 7));
  });

  it('lets the door listen everywhere behind a proxy that ends TLS, and on loopback under any of its names', () => {
    expect(loadConfig({ CHANCERY_HOST: '0.0.0.0', CHANCERY_ISSUER: 'https://as.example' }).host).toBe('0.0.0.0');
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(loadConfig({ CHANCERY_HOST: host }).host).toBe(host);
  });

  it('follows the port in the issuer nobody set', () => {
    expect(loadConfig({ CHANCERY_PORT: '4499' }).issuer).toBe('http://127.0.0.1:4499');
  });

  it('takes the master key from a file', () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder.remove());
    const path = join(folder.path, 'key');
    writeFileSync(path, `${key}\n`);
    expect(loadConfig({ CHANCERY_MASTER_KEY_FILE: path }).masterKey?.reveal()).toEqual(Buffer.alloc(32, 7));
  });

  // S-172, S-176: each line is one thing wrong, and the setting that must be named.
  it.each<[string, Record<string, string>, string]>([
    ['an unknown setting', { CHANCERY_PROT: '1' }, 'CHANCERY_PROT'],
    ['a setting of the composed services', { CHANCERY_KAFKA: 'localhost:9092' }, 'CHANCERY_KAFKA'],
    ['a port that is no number', { CHANCERY_PORT: 'http' }, 'CHANCERY_PORT'],
    ['a port out of range', { CHANCERY_PORT: '70000' }, 'CHANCERY_PORT'],
    ['a port with a fraction', { CHANCERY_PORT: '44.5' }, 'CHANCERY_PORT'],
    ['a port in another notation', { CHANCERY_PORT: '0x1130' }, 'CHANCERY_PORT'],
    ['an empty port', { CHANCERY_PORT: '' }, 'CHANCERY_PORT'],
    ['an empty data folder', { CHANCERY_DATA: '' }, 'CHANCERY_DATA'],
    ['an issuer that is no URL', { CHANCERY_ISSUER: 'as.example' }, 'CHANCERY_ISSUER'],
    ['plain http away from the loopback', { CHANCERY_ISSUER: 'http://as.example' }, 'CHANCERY_ISSUER'],
    ['plain http on an address that only begins like the loopback', { CHANCERY_ISSUER: 'http://127.0.0.1.example' }, 'CHANCERY_ISSUER'],
    ['an issuer with a query', { CHANCERY_ISSUER: 'https://as.example?' }, 'CHANCERY_ISSUER'],
    ['an issuer with a fragment', { CHANCERY_ISSUER: 'https://as.example#' }, 'CHANCERY_ISSUER'],
    ['an issuer with a trailing slash', { CHANCERY_ISSUER: 'https://as.example/' }, 'CHANCERY_ISSUER'],
    ['an issuer with a path', { CHANCERY_ISSUER: 'https://as.example/auth' }, 'CHANCERY_ISSUER'],
    ['an issuer with credentials', { CHANCERY_ISSUER: 'https://u:p@as.example' }, 'CHANCERY_ISSUER'],
    ['an issuer in capitals', { CHANCERY_ISSUER: 'https://AS.example' }, 'CHANCERY_ISSUER'],
    ['an issuer with its default port', { CHANCERY_ISSUER: 'https://as.example:443' }, 'CHANCERY_ISSUER'],
    ['an issuer of another scheme', { CHANCERY_ISSUER: 'ftp://as.example' }, 'CHANCERY_ISSUER'],
    ['every address while the issuer is plain http', { CHANCERY_HOST: '0.0.0.0' }, 'CHANCERY_HOST'],
    [
      'every IPv6 address while the issuer is plain http',
      { CHANCERY_HOST: '::', CHANCERY_ISSUER: 'http://localhost:4400' },
      'CHANCERY_HOST',
    ],
    ['a name that only looks like loopback', { CHANCERY_HOST: '127.0.0.1.example' }, 'CHANCERY_HOST'],
    ['a database of another kind', { CHANCERY_DATABASE_URL: 'mysql://db.example' }, 'CHANCERY_DATABASE_URL'],
    ['a short master key', { CHANCERY_MASTER_KEY: 'c2hvcnQ' }, 'CHANCERY_MASTER_KEY'],
    ['a master key in another spelling', { CHANCERY_MASTER_KEY: `${key}=` }, 'CHANCERY_MASTER_KEY'],
    ['an empty master key', { CHANCERY_MASTER_KEY: '' }, 'CHANCERY_MASTER_KEY'],
    ['two master keys', { CHANCERY_MASTER_KEY: key, CHANCERY_MASTER_KEY_FILE: '/dev/null' }, 'CHANCERY_MASTER_KEY'],
    ['a master key file that is not there', { CHANCERY_MASTER_KEY_FILE: '/nowhere/at/all' }, 'CHANCERY_MASTER_KEY_FILE'],
    ['a master key file without a key', { CHANCERY_MASTER_KEY_FILE: '/dev/null' }, 'CHANCERY_MASTER_KEY_FILE'],
    ['a level nobody knows', { CHANCERY_LOG_LEVEL: 'verbose' }, 'CHANCERY_LOG_LEVEL'],
    ['a budget of nothing', { CHANCERY_STALENESS_BUDGET: '0' }, 'CHANCERY_STALENESS_BUDGET'],
    ['an algorithm we do not sign with', { CHANCERY_SIGNING_ALGORITHM: 'HS256' }, 'CHANCERY_SIGNING_ALGORITHM'],
    ['no connection at all', { CHANCERY_CONNECTIONS: '0' }, 'CHANCERY_CONNECTIONS'],
    ['an address that is no network', { CHANCERY_FETCH_ALLOW: '10.0.0.1' }, 'CHANCERY_FETCH_ALLOW'],
    ['a network beside a name in capitals', { CHANCERY_FETCH_ALLOW: '10.0.0.0/8,KEYS' }, 'CHANCERY_FETCH_ALLOW'],
    ['too many lanes', { CHANCERY_LANES: '9' }, 'CHANCERY_LANES'],
  ])('refuses %s in one line that names the setting', (_, env, setting) => {
    const { message, setting: named } = refusal(env);
    expect(named).toBe(setting);
    expect(message).toMatch(new RegExp(`^${setting}: [^\\n]+$`));
  });

  it('never repeats what was set', () => {
    const value = canarySecret('setting');
    for (const name of ['CHANCERY_MASTER_KEY', 'CHANCERY_DATABASE_URL', 'CHANCERY_PORT', 'CHANCERY_ISSUER', 'CHANCERY_LOG_LEVEL']) {
      const { message, stack } = refusal({ [name]: value });
      expectNoSecret(`${message}${stack}`, { value }, name);
    }
  });
});
