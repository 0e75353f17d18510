import { holdDataFolder } from '@chancery/eventstore/embedded';
import {
  type Config,
  createHealth,
  ensureKeys,
  openDoor,
  openKeyRing,
  openMasterKey,
  openMetrics,
  sealedKeysIn,
  sealingKeysOf,
  type Starting,
  until,
} from '@chancery/platform';
import { openDatabase } from './database.js';
import { firstStart } from './first-start.js';
import { operatorFile } from './operator-credential.js';
import { openServices } from './services.js';
import { openStores } from './stores.js';

export interface Running {
  readonly issuer: string;
  /** Absolute path of the first operator's credential. */
  readonly operator: string;
}

/** Everything one process is made of, in the order it needs each other. */
export async function start({ config, log, notice, opened, signal }: Starting<Config>): Promise<Running> {
  const { host, port, issuer, dataDir } = config;
  opened.keep('data folder', holdDataFolder(dataDir), (held) => held.release());
  const masterKey = openMasterKey(config);
  const database = opened.keep('PostgreSQL', await openDatabase(config, masterKey, notice), (each) => each.stop());
  signal.throwIfAborted();
  const stores = opened.keep('event store', await openStores(database, config, log), (each) => each.close());
  signal.throwIfAborted();

  const sealed = sealedKeysIn(stores.token.dataSource);
  const sealingKeys = sealingKeysOf(masterKey);
  await ensureKeys({ store: stores.token, sealed, sealingKeys, algorithm: config.signingAlgorithm, by: 'system' });
  await firstStart(stores.registration, issuer, dataDir);
  const now = () => stores.token.now();
  const keys = opened.keep('keys', await openKeyRing({ store: stores.token, sealed, sealingKeys, now, log }), (ring) => ring.close());
  signal.throwIfAborted();

  const services = opened.keep('services', await openServices({ config, log, database, stores, keys, signal }), (each) => each.close());
  const metrics = opened.keep('metrics', await openMetrics({ host: '127.0.0.1', port: config.metricsPort }), (each) => each.close());
  const { targets, checks, refusals } = services;
  const health = createHealth(checks);
  // Nobody is let in before everything has what it decides by.
  await until(() => health.notReady(), signal);
  opened.keep('door', await openDoor({ host, port, issuer, targets, health, log, refusals }), (each) => each.close());
  log.info({ port: metrics.port }, 'metrics are served');
  return { issuer, operator: operatorFile(dataDir) };
}
