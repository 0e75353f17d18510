import { resolve } from 'node:path';
import { ConfigError, type LogLevel } from '../config/config.js';
import { gatewayName } from '../config/gateway-name.js';
import { checkedIssuer, environment, type Environment, type Named, readSettings } from '../config/settings.js';
import type { ServiceName } from '../keys/key-ring.js';
import type { AllowedTargets } from '../outbound/allowed-targets.js';
import { kafkaNames, kafkaSettings, type KafkaSettings } from './kafka-settings.js';
import { openSecrets, type Secrets } from './secrets.js';

/** What each of the five can be told, already checked. */
export interface ServiceConfig {
  readonly service: ServiceName;
  readonly host: string;
  readonly port: number;
  /** 0: any free port. */
  readonly metricsPort: number;
  readonly issuer: string;
  readonly logLevel: LogLevel;
  readonly secrets: Secrets;
  readonly kafka: KafkaSettings;
}

/** Of a service with a database. */
export interface StoreServiceConfig extends ServiceConfig {
  readonly connections: number;
  readonly lanes: number;
  /** What is not public and may be fetched from all the same. */
  readonly fetchAllow: AllowedTargets;
}

export interface GatewayConfig extends ServiceConfig {
  /** The same after a restart, and another one for each gateway. */
  readonly name: string;
  /** Seconds. */
  readonly budgets: { readonly stalenessBudget: number; readonly storeAwayBudget: number };
  /** Where the others are: base URLs of replicas. */
  readonly services: Readonly<Record<Exclude<ServiceName, 'gateway'>, readonly [string, ...string[]]>>;
  /** Absolute; for the spool. */
  readonly dataDir: string;
  readonly spoolBytes: number;
}

const everyones = [
  'CHANCERY_HOST',
  'CHANCERY_PORT',
  'CHANCERY_METRICS_PORT',
  'CHANCERY_ISSUER',
  'CHANCERY_LOG_LEVEL',
  'CHANCERY_SECRETS',
  ...kafkaNames,
] as const;
const stores = ['CHANCERY_CONNECTIONS', 'CHANCERY_LANES', 'CHANCERY_FETCH_ALLOW'] as const;
const gateways = [
  'CHANCERY_DATA',
  'CHANCERY_GATEWAY_NAME',
  'CHANCERY_STALENESS_BUDGET',
  'CHANCERY_STORE_AWAY_BUDGET',
  'CHANCERY_SPOOL_MEGABYTES',
  'CHANCERY_REGISTRATION_URL',
  'CHANCERY_TOKEN_URL',
  'CHANCERY_EXCHANGE_URL',
  'CHANCERY_AUDIT_URL',
] as const;

/** Settings of a service with a database. Throws a ConfigError that names the first setting it cannot accept. */
export function loadStoreServiceConfig(service: Exclude<ServiceName, 'gateway'>, env: Environment = environment()): StoreServiceConfig {
  const set = readSettings([...everyones, ...stores], env);
  const { CHANCERY_CONNECTIONS: connections, CHANCERY_LANES: lanes, CHANCERY_FETCH_ALLOW: fetchAllow } = set;
  return { ...common(service, set), connections, lanes, fetchAllow };
}

/** Settings of a gateway. Throws a ConfigError that names the first setting it cannot accept. */
export function loadGatewayConfig(env: Environment = environment()): GatewayConfig {
  const set = readSettings([...everyones, ...gateways], env);
  const config = common('gateway', set);
  return {
    ...config,
    name: set.CHANCERY_GATEWAY_NAME ?? gatewayName(config.port),
    budgets: { stalenessBudget: set.CHANCERY_STALENESS_BUDGET, storeAwayBudget: set.CHANCERY_STORE_AWAY_BUDGET },
    services: {
      registration: set.CHANCERY_REGISTRATION_URL,
      token: set.CHANCERY_TOKEN_URL,
      exchange: set.CHANCERY_EXCHANGE_URL,
      audit: set.CHANCERY_AUDIT_URL,
    },
    dataDir: resolve(set.CHANCERY_DATA ?? '.chancery'),
    spoolBytes: set.CHANCERY_SPOOL_MEGABYTES * 2 ** 20,
  };
}

function common(service: ServiceName, set: Named<(typeof everyones)[number]>): ServiceConfig {
  if (set.CHANCERY_ISSUER === undefined) throw new ConfigError('CHANCERY_ISSUER', 'must be set');
  if (set.CHANCERY_SECRETS === undefined) throw new ConfigError('CHANCERY_SECRETS', 'must be set');
  const secrets = openSecrets(resolve(set.CHANCERY_SECRETS));
  return {
    service,
    host: set.CHANCERY_HOST,
    port: set.CHANCERY_PORT,
    metricsPort: set.CHANCERY_METRICS_PORT,
    issuer: checkedIssuer(set.CHANCERY_ISSUER, set.CHANCERY_HOST),
    logLevel: set.CHANCERY_LOG_LEVEL,
    secrets,
    kafka: kafkaSettings(set, secrets),
  };
}
