import { openEventStore } from '@chancery/eventstore';
import { ExchangeModule } from '@chancery/exchange';
import { openGuardedFetch, openKeys, openRemoteKeys, sealedKeysIn, signingKeys, type Starting } from '@chancery/platform';
import { checkIssuer, checkOwnTopics, openServiceBus, serve, type Serving, type StoreServiceConfig } from '@chancery/platform/composed';

/** The exchange service, in a process of its own. */
export async function start(starting: Starting<StoreServiceConfig>): Promise<Serving> {
  const { config, log, opened } = starting;
  const { issuer, connections: readers, lanes, fetchAllow: allowed, secrets } = config;
  await checkOwnTopics(config, log);
  const store = opened.keep('event store', await openEventStore({ url: secrets.databaseUrl(), role: 'exchange', lanes, readers }), (each) =>
    each.close(),
  );
  await checkIssuer(store, issuer);
  const now = () => store.now();
  const unsealing = { sealed: sealedKeysIn(store.dataSource), sealingKeys: secrets.sealingKeys(), signs: ['access-token'] as const };
  const keys = opened.keep('keys', await openKeys({ store, now, log, ...unsealing }), (each) => each.close());
  const bus = opened.keep('bus', openServiceBus({ config, log }), (each) => each.close());
  const remoteKeys = openRemoteKeys({ fetch: openGuardedFetch({ allowed, log }) });
  return serve({
    starting,
    bus,
    keys,
    now,
    checks: [{ name: 'event store', ready: () => store.healthy() }, signingKeys(keys, ['access-token'])],
    make: () => ({ module: ExchangeModule.with({ store, keys, issuer, remoteKeys }) }),
  });
}
