import { resolve } from 'node:path';
import { type Config, ConfigError } from '../config/config.js';
import { allInOneNames, configOf } from '../config/load-config.js';
import { environment, type Environment, readSettings } from '../config/settings.js';
import { kafkaNames, kafkaSettings, type KafkaSettings } from './kafka-settings.js';
import { openSecrets, type Secrets } from './secrets.js';

/** Settings of the run that prepares for the five services: those of all-in-one, and how to reach the cluster. */
export interface PrepareConfig extends Config {
  /** The database owner's login. */
  readonly databaseUrl: string;
  readonly kafka: KafkaSettings;
  /** The login of who administers the cluster; absent where the brokers ask nobody. */
  readonly kafkaLogin?: NonNullable<ReturnType<Secrets['kafkaLogin']>>;
}

/** Throws a ConfigError that names the first setting it cannot accept. */
export function loadPrepareConfig(env: Environment = environment()): PrepareConfig {
  const { CHANCERY_SECRETS: folder, ...set } = readSettings([...allInOneNames, ...kafkaNames, 'CHANCERY_SECRETS'], env);
  const { databaseUrl, ...config } = configOf(set);
  if (databaseUrl === undefined) throw new ConfigError('CHANCERY_DATABASE_URL', 'must be set');
  const secrets = folder === undefined ? undefined : openSecrets(resolve(folder));
  const kafkaLogin = secrets?.kafkaLogin();
  return { ...config, databaseUrl, kafka: kafkaSettings(set, secrets), ...(kafkaLogin && { kafkaLogin }) };
}
