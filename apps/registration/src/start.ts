import { openDoorbell, openEventStore } from '@chancery/eventstore';
import { openKeys, type Starting } from '@chancery/platform';
import {
  checkIssuer,
  checkOwnTopics,
  keysOf,
  openServiceBus,
  serve,
  type Serving,
  type StoreServiceConfig,
} from '@chancery/platform/composed';
import { RegistrationModule, runLists, runReaper } from '@chancery/registration';

/** The registration service, in a process of its own. */
export async function start(starting: Starting<StoreServiceConfig>): Promise<Serving> {
  const { config, log, opened } = starting;
  const { issuer, connections: readers, lanes, fetchAllow: allowed, secrets } = config;
  await checkOwnTopics(config, log);
  const url = secrets.databaseUrl();
  const onTrouble = (err: unknown) => log.warn({ err }, 'the event store is being waited for');
  const store = opened.keep('event store', await openEventStore({ url, role: 'registration', lanes, readers }), (each) => each.close());
  await checkIssuer(store, issuer);
  const now = () => store.now();
  const keys = opened.keep('keys', await openKeys({ store, now, log }), (each) => each.close());
  const bus = opened.keep('bus', openServiceBus({ config, log }), (each) => each.close());
  const doorbell = opened.keep('doorbell', openDoorbell({ url, onTrouble }), (each) => each.close());
  const { dataSource, onRecorded } = store;
  const onStopped = (err: unknown) => log.error({ err }, 'a list stands still before an event that cannot be read');
  for (const list of runLists({ dataSource, url, onRecorded, doorbell, onTrouble, onStopped }))
    opened.keep('list', list, (each) => each.stop());
  opened.keep('reaper', runReaper({ store, url, log, onTrouble }), (each) => each.stop());
  const operators = { service: 'registration', now, keys: keysOf(keys) } as const;
  return serve({
    starting,
    bus,
    keys,
    now,
    checks: [{ name: 'event store', ready: () => store.healthy() }],
    make: () => ({ module: RegistrationModule.with({ issuer, store, dataSource, operators, targets: { allowed } }) }),
  });
}
