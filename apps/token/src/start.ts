import { openEventStore } from '@chancery/eventstore';
import { grantTypes, openGuardedFetch, openKeyRing, openRemoteKeys, sealedKeysIn, signingKeys, type Starting } from '@chancery/platform';
import {
  checkIssuer,
  checkOwnTopics,
  keysOf,
  openServiceBus,
  serve,
  type Serving,
  type StoreServiceConfig,
} from '@chancery/platform/composed';
import { TokenModule } from '@chancery/token';
import { openRelaying } from './relaying.js';

/** The token service, in a process of its own, with the relay and the revocation lane. */
export async function start(starting: Starting<StoreServiceConfig>): Promise<Serving> {
  const { config, log, opened } = starting;
  const { issuer, connections: readers, lanes, fetchAllow: allowed, secrets } = config;
  await checkOwnTopics(config, log);
  await checkOwnTopics(config, log, 'relay');
  const store = opened.keep('event store', await openEventStore({ url: secrets.databaseUrl(), role: 'token', lanes, readers }), (each) =>
    each.close(),
  );
  await checkIssuer(store, issuer);
  const now = () => store.now();
  const unsealing = {
    sealed: sealedKeysIn(store.dataSource),
    sealingKeys: secrets.sealingKeys(),
    signs: ['access-token', 'revocation'] as const,
  };
  const keys = opened.keep('keys', await openKeyRing({ store, now, log, ...unsealing }), (each) => each.close());
  const bus = opened.keep('bus', openServiceBus({ config, log }), (each) => each.close());
  const fanOut = openRelaying(starting, { store, keys, bus, now });
  const remoteKeys = openRemoteKeys({ fetch: openGuardedFetch({ allowed, log }) });
  const operators = { service: 'token', now, keys: keysOf(keys) } as const;
  return serve({
    starting,
    bus,
    keys,
    now,
    checks: [
      { name: 'event store', ready: () => store.healthy() },
      { name: 'revocation lane', ready: () => fanOut.lane.status().loaded },
      signingKeys(keys, ['access-token', 'revocation']),
    ],
    make: (refusals) => ({ module: TokenModule.with({ store, keys, issuer, fanOut, operators, refusals, remoteKeys, grantTypes }) }),
  });
}
