import { join } from 'node:path';
import { AuditModule, auditTopics, openAuditDatabase, rollName, type RollOptions } from '@chancery/audit';
import { openEmbeddedBus, type ReaderStopped } from '@chancery/eventstore';
import { ExchangeModule } from '@chancery/exchange';
import { Gateway, GatewayModule, type GatewayOptions, httpFeed, httpJwks, httpProofs } from '@chancery/gateway';
import {
  BusTransport,
  callerHeader,
  callerHeaderName,
  type Config,
  createRefusals,
  createService,
  gatewayName,
  openGuardedFetch,
  openRemoteKeys,
  grantTypes,
  type HealthCheck,
  type KeyRing,
  type Log,
  type OperatorDeps,
  type Refusals,
  type ServiceApp,
  type ServiceName,
  type ServiceOptions,
  signingKeys,
  until,
} from '@chancery/platform';
import { RegistrationModule, runLists, runReaper } from '@chancery/registration';
import { type FanOut, openFanOut, TokenModule } from '@chancery/token';
import type { Database } from './database.js';
import { inProcessFetch } from './in-process-fetch.js';
import type { Stores } from './stores.js';

export interface ServicesOptions {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly stores: Stores;
  readonly keys: KeyRing;
  /** Gives the start up. */
  readonly signal: AbortSignal;
}

export interface Services {
  readonly targets: Readonly<Record<ServiceName, ServiceApp>>;
  readonly checks: readonly HealthCheck[];
  /** For what the door refuses itself. */
  readonly refusals: Refusals;
  close(): Promise<void>;
}

/** Every service there is, each an application of its own that does not listen. */
export async function openServices({ config, log, database, stores, keys, signal }: ServicesOptions): Promise<Services> {
  const { issuer, fetchAllow: allowed } = config;
  const now = () => stores.token.now();
  const onTrouble = (err: unknown) => log.warn({ err }, 'the event store is being waited for');
  const hearing = { onRecorded: stores.onRecorded, doorbell: stores.doorbell, onTrouble };
  // The revocations topic of the embedded bus is in memory, so who publishes to it and who follows it share one.
  const bus = openEmbeddedBus({ url: database.urlOf('token'), ...hearing });
  const auditBus = openEmbeddedBus({ url: database.urlOf('audit'), ...hearing });
  const auditDatabase = await openAuditDatabase({ url: database.urlOf('audit'), connections: config.connections });
  const fanOut = openFanOut({ url: database.urlOf('relay'), bus, keys, now, log, ...hearing });
  // A gateway asks for the whole set as soon as it is there.
  await until(() => (fanOut.lane.status().loaded ? [] : ['revocation lane']), signal);
  const onStopped = (err: ReaderStopped) => {
    const { stream, type, position } = err;
    log.error({ stream, type, position: String(position), err }, 'a list stands still before an event that cannot be read');
  };
  const registry = database.urlOf('registration');
  const lists = runLists({ dataSource: stores.registration.dataSource, url: registry, ...hearing, onStopped });
  const reaper = runReaper({ store: stores.registration, url: registry, log, onTrouble });

  const refusals: Refusals[] = [];
  const refusalsOf = (service: ServiceName): Refusals => {
    const mine = createRefusals({ bus, service, now, log });
    refusals.push(mine);
    return mine;
  };
  const serve = (name: ServiceName, options: (refusals: Refusals) => Pick<ServiceOptions, 'module' | 'transports'>) => {
    const mine = refusalsOf(name);
    return createService({ name, log, refusals: mine, ...options(mine) });
  };
  const operators = (service: ServiceName): OperatorDeps => ({ service, now, keys: (from, kid) => keys.find(`service-${from}`, kid) });

  const remoteKeys = openRemoteKeys({ fetch: openGuardedFetch({ allowed, log }) });

  const registration = await serve('registration', () => {
    const { registration: store } = stores;
    const { dataSource } = store;
    return { module: RegistrationModule.with({ issuer, store, dataSource, operators: operators('registration'), targets: { allowed } }) };
  });
  const token = await serve('token', (mine) => ({
    module: TokenModule.with({
      store: stores.token,
      keys,
      issuer,
      fanOut,
      operators: operators('token'),
      refusals: mine,
      remoteKeys,
      grantTypes,
    }),
  }));
  const exchange = await serve('exchange', () => ({ module: ExchangeModule.with({ store: stores.exchange, keys, issuer, remoteKeys }) }));
  const audit = await serve('audit', () => ({
    module: AuditModule.with({
      dataSource: auditDatabase,
      bus: auditBus,
      keys: operators('audit').keys,
      now,
      log,
      roll: rollOf(issuer, keys),
    }),
    transports: [new BusTransport({ bus: auditBus, group: 'audit', topics: auditTopics, log })],
  }));
  const gateway = await serve('gateway', (mine) => ({
    module: GatewayModule.with({
      name: gatewayName(config.port),
      issuer,
      budgets: { stalenessBudget: config.stalenessBudget, storeAwayBudget: config.storeAwayBudget },
      bus,
      spool: { folder: join(config.dataDir, 'spool'), maxBytes: config.spoolBytes },
      ...tokenService(token, keys, now),
      serviceKey: () => keys.active('service-gateway'),
      services: { registration, token, exchange, audit },
      refusals: mine,
      log,
    }),
  }));

  const applications = { registration, token, exchange, audit, gateway };
  return {
    targets: applications,
    checks: readiness({ stores, fanOut, gateway, keys }),
    // The door is the gateway's outer side.
    refusals: refusalsOf('gateway'),
    async close() {
      for (const service of [gateway, registration, exchange, token]) await service.close();
      await Promise.all(refusals.map((each) => each.close()));
      await Promise.all([fanOut.lane.stop(), reaper.stop(), ...lists.map((list) => list.stop())]);
      await audit.close();
      await Promise.all([bus.close(), auditBus.close(), auditDatabase.destroy()]);
    },
  };
}

const rollOf = (issuer: string, keys: KeyRing): RollOptions => ({
  origin: rollName(issuer),
  key: () => keys.active('roll'),
  keys: () => keys.published('roll'),
});

/** What a gateway asks of the token service, here without a socket in between. */
const tokenService = (
  token: ServiceApp,
  keys: KeyRing,
  now: () => number,
): Pick<GatewayOptions, 'fetchKeys' | 'feed' | 'reserveProof' | 'revocationKeys'> => {
  const fetch = inProcessFetch(token);
  const says = (method: string, path: string) => () => ({
    [callerHeaderName]: callerHeader({ from: 'gateway', to: 'token', key: keys.active('service-gateway'), method, path, now: now() }),
  });
  return {
    fetchKeys: httpJwks({ url: 'http://token/jwks', fetch }),
    feed: httpFeed({ url: 'http://token/revocations/feed', headers: says('GET', '/revocations/feed'), fetch }),
    reserveProof: httpProofs({ url: 'http://token/proofs', headers: says('POST', '/proofs'), fetch }),
    revocationKeys: (kid) => keys.find('revocation', kid)?.key,
  };
};

interface Ready {
  readonly stores: Stores;
  readonly fanOut: FanOut;
  readonly gateway: ServiceApp;
  readonly keys: KeyRing;
}

const readiness = ({ stores, fanOut, gateway, keys }: Ready): readonly HealthCheck[] => [
  { name: 'event store', ready: () => stores.token.healthy() },
  { name: 'revocation lane', ready: () => fanOut.lane.status().loaded },
  signingKeys(keys, ['access-token', 'revocation', 'service-gateway']),
  { name: 'gateway', ready: () => gateway.app.get(Gateway).ready() },
];
