import type { Config } from '../config/config.js';
import { allInOneNames, configOf } from '../config/load-config.js';
import { environment, type Environment, readSettings } from '../config/settings.js';
import { kafkaNames, kafkaSettings } from './kafka-settings.js';

/** What can be set where all five run on one machine: as all-in-one, and a cluster that is there already. */
export interface ComposedConfig extends Config {
  /** Settings of the cluster as they were given, for those who connect to it. Absent: a broker on this machine is started. */
  readonly kafka?: Readonly<Partial<Record<(typeof kafkaNames)[number], string>>>;
}

/** Throws a ConfigError that names the first setting it cannot accept. */
export function loadComposedConfig(env: Environment = environment()): ComposedConfig {
  if (env['CHANCERY_KAFKA'] === undefined) return configOf(readSettings(allInOneNames, env));
  const set = readSettings([...allInOneNames, ...kafkaNames], env);
  const { brokers } = kafkaSettings(set, undefined);
  const given = Object.fromEntries(kafkaNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return { ...configOf(set), kafka: { ...given, CHANCERY_KAFKA: brokers.join(',') } };
}
