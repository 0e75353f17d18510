import { type Bus, keepHouse, openDoorbell, openRelay, type PostgresEventStore, type Relay } from '@chancery/eventstore';
import { type KeyRing, metrics, type Starting } from '@chancery/platform';
import { openServiceBus, type StoreServiceConfig } from '@chancery/platform/composed';
import { type FanOut, openFanOut } from '@chancery/token';

export interface Relaying {
  readonly store: PostgresEventStore;
  readonly keys: KeyRing;
  /** Under the token service's own login, for what it says itself. */
  readonly bus: Bus;
  readonly now: () => number;
}

/** Relay, revocation lane and housekeeping, under the relay's role and login: they lead in one replica at a time, and stand ready in the others. */
export function openRelaying({ config, log, opened }: Starting<StoreServiceConfig>, { store, keys, bus, now }: Relaying): FanOut {
  const url = config.secrets.databaseUrl('relay-database-url');
  const onTrouble = (err: unknown) => log.warn({ err }, 'the event store is being waited for');
  // What is not published yet stays in the store, so it waits as long as it takes.
  const revocations = opened.keep('relay bus', openServiceBus({ config, log, as: 'relay', giveUpAfter: Infinity }), (each) => each.close());
  const doorbell = opened.keep('doorbell', openDoorbell({ url, onTrouble }), (each) => each.close());
  opened.keep('housekeeping', keepHouse({ url, onTrouble }), (each) => each.stop());
  const { onRecorded } = store;
  const onStopped = (err: unknown) => log.error({ err }, 'the relay stands still before an event that cannot be read');
  const relay = opened.keep('relay', openRelay({ url, bus: revocations, onRecorded, doorbell, onTrouble, onStopped }), (each) =>
    each.stop(),
  );
  const gauge = setInterval(() => void measure(relay).catch(onTrouble), 5_000).unref();
  opened.keep('relay gauge', gauge, clearInterval);
  const fanOut = openFanOut({ url, bus, revocations, lead: { url }, keys, now, log, onRecorded, onTrouble });
  opened.keep('revocation lane', fanOut, (each) => each.lane.stop());
  return fanOut;
}

async function measure(relay: Relay): Promise<void> {
  const { leading, behind } = await relay.status();
  metrics.relayBehind.set(behind);
  metrics.relayLeading.set(leading ? 1 : 0);
}
