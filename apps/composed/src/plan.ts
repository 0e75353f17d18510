import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, serviceNames, type ServiceName } from '@chancery/platform';
import type { ComposedConfig } from '@chancery/platform/composed';
import { freePort } from '@chancery/eventstore/embedded';

/** How everything on this machine finds everything else; kept beside the data, so that one of them can be started again by itself. No secret is in it. */
export interface Plan {
  readonly issuer: string;
  /** `host:port,…` */
  readonly kafka: string;
  readonly ports: Readonly<Record<Exclude<ServiceName, 'gateway'>, number>>;
  /** The variables of each service. */
  readonly variables: Readonly<Record<ServiceName, Readonly<Record<string, string>>>>;
}

const fileOf = (dataDir: string): string => join(dataDir, 'composed.json');

/** The plan of the last start, if there was one. */
export function readPlan(dataDir: string): Plan | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Plan;
  } catch {
    return undefined;
  }
}

export function writePlan(dataDir: string, plan: Plan): void {
  const path = fileOf(dataDir);
  writeFileSync(`${path}.draft`, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.draft`, path);
}

const behindTheDoor = serviceNames.filter((name) => name !== 'gateway');

/** Ports of their own for the services behind the door: any that are free. */
export async function pickPorts(): Promise<Plan['ports']> {
  const ports = new Set<number>();
  while (ports.size < behindTheDoor.length) ports.add(await freePort());
  return Object.fromEntries([...ports].map((port, at) => [behindTheDoor[at], port])) as Plan['ports'];
}

/** Settings of the cluster for those who connect to it: as given, or those of a broker that was started here. */
export const kafkaVariables = ({ kafka }: Pick<ComposedConfig, 'kafka'>, brokers: string): Record<string, string> => ({
  ...(kafka ?? { CHANCERY_KAFKA_TLS: 'off', CHANCERY_KAFKA_TOPOLOGY: 'development' }),
  CHANCERY_KAFKA: brokers,
});

export function planOf(config: ComposedConfig, brokers: string, ports: Plan['ports']): Plan {
  const { issuer, host, dataDir } = config;
  const everyone = (service: ServiceName): Record<string, string> => ({
    CHANCERY_ISSUER: issuer,
    CHANCERY_HOST: '127.0.0.1',
    CHANCERY_LOG_LEVEL: config.logLevel,
    CHANCERY_SECRETS: join(dataDir, 'services', service),
    ...kafkaVariables(config, brokers),
  });
  const store = (service: keyof Plan['ports']): Record<string, string> => ({
    ...everyone(service),
    CHANCERY_PORT: String(ports[service]),
    CHANCERY_CONNECTIONS: String(config.connections),
    CHANCERY_LANES: String(config.lanes),
    CHANCERY_FETCH_ALLOW: config.fetchAllow.list,
  });
  const urls = Object.fromEntries(behindTheDoor.map((name) => [`CHANCERY_${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[name]}`]));
  const gateway = { ...everyone('gateway'), ...urls, ...gatewayVariables(config), CHANCERY_HOST: host };
  const variables = {
    registration: store('registration'),
    token: store('token'),
    exchange: store('exchange'),
    audit: store('audit'),
    gateway,
  };
  return { issuer, kafka: brokers, ports, variables };
}

const gatewayVariables = (config: Config): Record<string, string> => ({
  CHANCERY_PORT: String(config.port),
  CHANCERY_METRICS_PORT: String(config.metricsPort),
  CHANCERY_DATA: join(config.dataDir, 'gateway'),
  CHANCERY_STALENESS_BUDGET: String(config.stalenessBudget),
  CHANCERY_STORE_AWAY_BUDGET: String(config.storeAwayBudget),
  CHANCERY_SPOOL_MEGABYTES: String(config.spoolBytes / 2 ** 20),
});
