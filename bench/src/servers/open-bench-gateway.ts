import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@chancery/eventstore';
import { type Gateway, type GatewayOptions, openGateway, type Route } from '@chancery/gateway';
import { gatewayWindow } from '@chancery/oauth';
import { type Refusals, silentLog, type Target } from '@chancery/platform';
import type { TokenServicePart } from './played-token-service.js';

export interface BenchGatewayOptions {
  readonly name: string;
  readonly issuer: string;
  readonly upstream: Target;
  readonly token: TokenServicePart;
  /** Takes every record at once, and brings none, unless told: what a bus costs is measured elsewhere. */
  readonly bus?: Bus;
}

/** A gateway before one API, `/bench`, with the settings that a user gets. Resolves when it may get traffic. */
export async function openBenchGateway({ name, issuer, upstream, token, bus = silentBus }: BenchGatewayOptions): Promise<Gateway> {
  const options: GatewayOptions = {
    name,
    issuer,
    budgets,
    bus,
    ...token,
    services: {},
    refusals,
    log: silentLog,
    routes: [routeTo(upstream, issuer)],
    // For the operators' routes, which nobody calls here.
    reserveProof: () => Promise.reject(new Error('no proof is shared')),
  };
  const gateway = openGateway(options);
  await gateway.start();
  while (!gateway.ready()) await sleep(20);
  return gateway;
}

const budgets = { stalenessBudget: 30, storeAwayBudget: 30 };

const routeTo = (target: Target, issuer: string): Route => ({
  resource: `${issuer}/bench`,
  name: 'bench',
  prefix: '/bench',
  operations: [{ method: 'GET', path: '/notes', scope: ['demo:read'] }],
  bearer: true,
  proofWindow: gatewayWindow,
  unrecorded: 'deny',
  ...budgets,
  upstream: { target },
});

const silentBus: Bus = {
  publish: () => Promise.resolve(),
  subscribe: () => Promise.resolve({ caughtUp: () => Promise.resolve(), stop: () => Promise.resolve() }),
  quarantined: () => Promise.resolve([]),
  retry: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const refusals: Refusals = { record: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() };
