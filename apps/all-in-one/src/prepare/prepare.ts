import { checkAcls, checkTopics, createAcls, createTopics, loadTopology } from '@chancery/eventstore/kafka';
import { ensureKeys, openKeys, openMasterKey, sealedKeysIn, sealingKeysOf, type Starting } from '@chancery/platform';
import { type PrepareConfig, reach } from '@chancery/platform/composed';
import { openDatabase } from '../database.js';
import { firstStart } from '../first-start.js';
import { operatorFile } from '../operator-credential.js';
import { openStores } from '../stores.js';
import { writeServiceSecrets } from './service-secrets.js';

/** What the five services need, and where it lies. */
export interface Prepared {
  readonly issuer: string;
  /** Absolute path of the first operator's credential. */
  readonly operator: string;
  /** One folder for each service, by its name below this one. */
  readonly secrets: string;
}

/**
 * Makes everything the five services find when they start (ADR 0018): the database at this release, keys, the first operator, topics, and a folder of
 * secrets for each. Running it again changes nothing that is there.
 */
export async function prepare({ config, log, notice, opened, signal }: Starting<PrepareConfig>): Promise<Prepared> {
  const { issuer, dataDir } = config;
  const masterKey = openMasterKey(config);
  const database = opened.keep('PostgreSQL', await openDatabase(config, masterKey, notice), (each) => each.stop());
  const stores = opened.keep('event store', await openStores(database, config, log), (each) => each.close());
  signal.throwIfAborted();
  const unsealing = { sealed: sealedKeysIn(stores.token.dataSource), sealingKeys: sealingKeysOf(masterKey) };
  await ensureKeys({ store: stores.token, ...unsealing, algorithm: config.signingAlgorithm, by: 'system' });
  await firstStart(stores.registration, issuer, dataDir);
  const keys = await openKeys({ store: stores.token, now: () => stores.token.now(), ...unsealing });
  keys.close();
  const secrets = writeServiceSecrets(dataDir, { database, keys, masterKey });
  signal.throwIfAborted();
  await prepareCluster(config, log);
  return { issuer, operator: operatorFile(dataDir), secrets };
}

async function prepareCluster({ kafka, kafkaLogin }: PrepareConfig, log: Starting<PrepareConfig>['log']): Promise<void> {
  const topology = loadTopology(kafka.topology);
  const connection = { ...reach(kafka, log), clientId: 'prepare', ...(kafkaLogin && { sasl: kafkaLogin }) };
  await createTopics(connection, topology);
  await checkTopics(connection, topology);
  if (!kafkaLogin) return;
  await createAcls(connection, topology);
  // Only who administers the cluster may see everybody's rights, so this is where a right that nobody declared is found.
  await checkAcls(connection, topology);
}
