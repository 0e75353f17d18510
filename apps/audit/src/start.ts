import { AuditModule, auditTopics, openAuditDatabase, rollName } from '@chancery/audit';
import { openStreamReader } from '@chancery/eventstore';
import { openSiemTopic } from '@chancery/eventstore/kafka';
import { BusTransport, openKeys, type Starting } from '@chancery/platform';
import {
  checkIssuer,
  checkOwnTopics,
  kafkaConnection,
  keysOf,
  openServiceBus,
  serve,
  type Serving,
  type StoreServiceConfig,
} from '@chancery/platform/composed';

/** The audit service, in a process of its own. */
export async function start(starting: Starting<StoreServiceConfig>): Promise<Serving> {
  const { config, log, opened } = starting;
  const { issuer, connections, secrets } = config;
  await checkOwnTopics(config, log);
  const dataSource = opened.keep('database', await openAuditDatabase({ url: secrets.databaseUrl(), connections }), (each) =>
    each.destroy(),
  );
  const store = opened.keep('streams', await openStreamReader(dataSource), (each) => each.close());
  await checkIssuer(store, issuer);
  const now = () => store.now();
  const keys = opened.keep('keys', await openKeys({ store, now, log }), (each) => each.close());
  const bus = opened.keep('bus', openServiceBus({ config, log }), (each) => each.close());
  const siem = { url: secrets.databaseUrl(), open: () => openSiemTopic(kafkaConnection(config, log)) };
  const rollKey = secrets.signingKey('roll.jwk');
  const roll = { origin: rollName(issuer), key: () => rollKey, keys: () => keys.published('roll') };
  return serve({
    starting,
    bus,
    keys,
    now,
    checks: [{ name: 'event store', ready: () => store.healthy() }],
    make: () => ({
      module: AuditModule.with({ dataSource, bus, siem, keys: keysOf(keys), now, log, roll }),
      transports: [new BusTransport({ bus, group: 'audit', topics: auditTopics, log })],
    }),
  });
}
