import type { Bus } from '@chancery/eventstore';
import { openServiceDoor } from '../door/open-service-door.js';
import { createHealth, type HealthCheck } from '../health/health.js';
import { createService, type ServiceOptions } from '../http/service.js';
import type { Keys, PublicKey, ServiceName } from '../keys/key-ring.js';
import type { Starting } from '../lifecycle/run-process.js';
import { until } from '../lifecycle/until.js';
import { openMetrics } from '../metrics/open-metrics.js';
import { createRefusals } from '../refusals/create-refusals.js';
import type { Refusals } from '../refusals/refusals.js';
import type { ServiceConfig } from './service-config.js';

/** What a service that runs says of itself. */
export interface Serving {
  readonly url: string;
  readonly metrics: number;
}

export interface ServeOptions {
  readonly starting: Starting<ServiceConfig>;
  readonly bus: Bus;
  /** Public keys of the services that may call. */
  readonly keys: Pick<Keys, 'find'>;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly checks: readonly HealthCheck[];
  make(refusals: Refusals): Pick<ServiceOptions, 'module' | 'transports'>;
}

/** Opens a service to the gateway, and waits until it may get traffic. */
export async function serve({ starting, bus, keys, now, checks, make }: ServeOptions): Promise<Serving> {
  const { config, log, opened, signal } = starting;
  const { service, host, port, metricsPort } = config;
  const refusals = opened.keep('refusals', createRefusals({ bus, service, now, log }), (each) => each.close());
  const made = await createService({ name: service, log, refusals, ...make(refusals) });
  const app = opened.keep('service', made, (each) => each.close());
  const metrics = opened.keep('metrics', await openMetrics({ host, port: metricsPort }), (each) => each.close());
  const callers = { service, now, keys: keysOf(keys) };
  const health = createHealth(checks);
  // Before it is ready, so that probes can be told what is missing; what it serves says by itself what it cannot do yet.
  const door = opened.keep('door', await openServiceDoor({ host, port, service: app, callers, health, log, refusals }), (each) =>
    each.close(),
  );
  await until(() => health.notReady(), signal);
  return { url: door.url, metrics: metrics.port };
}

/** The keys by whose word requests come in, as `OperatorDeps` asks for them. */
export const keysOf =
  (keys: Pick<Keys, 'find'>) =>
  (from: ServiceName, kid: string): PublicKey | undefined =>
    keys.find(`service-${from}`, kid);

/** The last line of a start on standard output. */
export const readyLine =
  (service: ServiceName) =>
  (serving: Serving): string =>
    `chancery ${service} ready ${JSON.stringify(serving)}`;
