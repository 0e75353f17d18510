// The token service by itself, with its own event store or with one that writes nothing: what is left between the two is the price of durability.
import { createServer } from 'node:http';
import { type EventStore, openEmbeddedBus, openEventStore } from '@chancery/eventstore';
import { openKafkaBus } from '@chancery/eventstore/kafka';
import { createRefusals, createService, openGuardedFetch, openRemoteKeys, type ServiceName, silentLog } from '@chancery/platform';
import { openFanOut, TokenModule } from '@chancery/token';
import { type BenchKeys, keyRingOf } from '../bench-keys.js';
import { urlAs } from '../database.js';

export interface TokenServiceTask {
  readonly databaseUrl: string;
  readonly issuer: string;
  readonly port: number;
  readonly store: 'real' | 'no-op';
  /** Of `access-token`, `revocation` and `service-gateway`. */
  readonly keys: BenchKeys;
  /** Brokers of the bus; absent: the embedded one. */
  readonly kafka?: readonly string[];
}

const { databaseUrl, issuer, port, store: kind, keys: own, kafka } = JSON.parse(process.argv[2] ?? '') as TokenServiceTask;

const real = await openEventStore({ url: urlAs(databaseUrl, 'token'), role: 'token' });
const store: EventStore = kind === 'real' ? real : writingNothing(real);

/** Reads as the real one does, and says of every append that it is recorded. */
function writingNothing(read: EventStore): EventStore {
  let position = 0n;
  return {
    append: async () => ({ outcome: 'recorded', position: ++position, at: Math.round(read.now() * 1e6) }),
    read: (stream) => read.read(stream),
    fold: (stream, fold, reading) => read.fold(stream, fold, reading),
    now: () => read.now(),
  };
}

const keys = keyRingOf(own);
const now = () => store.now();
const { onRecorded } = real;
const bus = kafka
  ? openKafkaBus({ brokers: kafka, clientId: 'token', issuer })
  : openEmbeddedBus({ url: urlAs(databaseUrl, 'token'), onRecorded });
const fanOut = openFanOut({ url: urlAs(databaseUrl, 'relay'), bus, keys, now, onRecorded });
const refusals = createRefusals({ bus, service: 'token', now, log: silentLog });
const operators = { service: 'token', now, keys: (from: ServiceName, kid: string) => keys.find(`service-${from}`, kid) } as const;
const remoteKeys = openRemoteKeys({ fetch: openGuardedFetch() });
const grantTypes = ['client_credentials'];
const module = TokenModule.with({ store, keys, issuer, fanOut, operators, refusals, remoteKeys, grantTypes });
const service = await createService({ name: 'token', module, log: silentLog, refusals });
createServer((req, res) => service.handle(req, res)).listen(port, '127.0.0.1', () => console.log('ready'));
