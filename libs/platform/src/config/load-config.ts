import { resolve } from 'node:path';
import type { Config } from './config.js';
import { masterKeyOf } from './master-key.js';
import { checkedIssuer, environment, type Environment, type Named, readSettings } from './settings.js';

/** Of all-in-one. */
export const allInOneNames = [
  'CHANCERY_HOST',
  'CHANCERY_PORT',
  'CHANCERY_METRICS_PORT',
  'CHANCERY_DATA',
  'CHANCERY_ISSUER',
  'CHANCERY_DATABASE_URL',
  'CHANCERY_MASTER_KEY',
  'CHANCERY_MASTER_KEY_FILE',
  'CHANCERY_LOG_LEVEL',
  'CHANCERY_STALENESS_BUDGET',
  'CHANCERY_STORE_AWAY_BUDGET',
  'CHANCERY_SIGNING_ALGORITHM',
  'CHANCERY_CONNECTIONS',
  'CHANCERY_LANES',
  'CHANCERY_FETCH_ALLOW',
  'CHANCERY_SPOOL_MEGABYTES',
] as const;

/** The settings of all-in-one among the variables of an environment. Throws a ConfigError that names the first one it cannot accept. */
export function loadConfig(env: Environment = environment()): Config {
  return configOf(readSettings(allInOneNames, env));
}

/** What the settings of all-in-one come to. Throws a ConfigError. */
export function configOf(set: Named<(typeof allInOneNames)[number]>): Config {
  const issuer = checkedIssuer(set.CHANCERY_ISSUER ?? `http://127.0.0.1:${set.CHANCERY_PORT}`, set.CHANCERY_HOST);
  const masterKey = masterKeyOf(set.CHANCERY_MASTER_KEY, set.CHANCERY_MASTER_KEY_FILE);
  return {
    host: set.CHANCERY_HOST,
    port: set.CHANCERY_PORT,
    metricsPort: set.CHANCERY_METRICS_PORT,
    dataDir: resolve(set.CHANCERY_DATA ?? '.chancery'),
    dataDirIsDefault: set.CHANCERY_DATA === undefined,
    issuer,
    ...(set.CHANCERY_DATABASE_URL !== undefined && { databaseUrl: set.CHANCERY_DATABASE_URL }),
    ...(masterKey && { masterKey }),
    logLevel: set.CHANCERY_LOG_LEVEL,
    stalenessBudget: set.CHANCERY_STALENESS_BUDGET,
    storeAwayBudget: set.CHANCERY_STORE_AWAY_BUDGET,
    signingAlgorithm: set.CHANCERY_SIGNING_ALGORITHM,
    connections: set.CHANCERY_CONNECTIONS,
    lanes: set.CHANCERY_LANES,
    fetchAllow: set.CHANCERY_FETCH_ALLOW,
    spoolBytes: set.CHANCERY_SPOOL_MEGABYTES * 2 ** 20,
  };
}
