import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/config.js';
import { isLoopback } from '../config/issuer.js';
import type { Named } from '../config/settings.js';
import type { Secrets } from './secrets.js';

export const kafkaNames = [
  'CHANCERY_KAFKA',
  'CHANCERY_KAFKA_TLS',
  'CHANCERY_KAFKA_CA_FILE',
  'CHANCERY_KAFKA_TOPOLOGY',
  'CHANCERY_KAFKA_PREFIX',
] as const;

/** How to reach the cluster, before anybody logs in. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  /** Absent: no TLS, which is for brokers on this machine. */
  readonly ssl?: { readonly ca?: string };
  /** One that `infra/kafka/topics.json` names. */
  readonly topology: 'production' | 'development';
  /** Before the names of topics and groups. */
  readonly prefix: string;
}

/**
 * What crosses a network is encrypted, and who writes to the bus has logged in; on one machine neither is asked for (S-176). Without secrets nobody
 * logs in. Throws a ConfigError.
 */
export function kafkaSettings(set: Named<(typeof kafkaNames)[number]>, secrets: Pick<Secrets, 'kafkaLogin'> | undefined): KafkaSettings {
  const brokers = set.CHANCERY_KAFKA.split(',');
  const here = brokers.every((broker) => isLoopback(broker.slice(0, broker.lastIndexOf(':'))));
  const tls = set.CHANCERY_KAFKA_TLS === 'on';
  if (!tls && !here) throw new ConfigError('CHANCERY_KAFKA_TLS', 'must be on, unless every broker is on this machine');
  if (!tls && set.CHANCERY_KAFKA_CA_FILE !== undefined)
    throw new ConfigError('CHANCERY_KAFKA_CA_FILE', 'is of no use without CHANCERY_KAFKA_TLS');
  if (!here && !secrets) throw new ConfigError('CHANCERY_KAFKA', 'must be on this machine, where nothing says how to log in elsewhere');
  if (!here && !secrets?.kafkaLogin())
    throw new ConfigError('CHANCERY_SECRETS', 'kafka.json must be there, unless every broker is on this machine');
  if (!here && set.CHANCERY_KAFKA_TOPOLOGY === 'development')
    throw new ConfigError('CHANCERY_KAFKA_TOPOLOGY', 'development keeps one copy of each record, and is for brokers on this machine');
  return {
    brokers,
    ...(tls && { ssl: caOf(set.CHANCERY_KAFKA_CA_FILE) }),
    topology: set.CHANCERY_KAFKA_TOPOLOGY,
    prefix: set.CHANCERY_KAFKA_PREFIX,
  };
}

function caOf(file: string | undefined): { ca?: string } {
  if (file === undefined) return {};
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (cause) {
    throw new ConfigError('CHANCERY_KAFKA_CA_FILE', 'cannot be read', { cause });
  }
}
