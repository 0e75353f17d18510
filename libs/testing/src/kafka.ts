import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.js';

/** A broker for a spec. */
export interface KafkaBroker {
  /** What to install where none can be had; such a one has no brokers, and specs are skipped. */
  readonly missing?: string;
  /** The same for the end of a title; empty where there is a broker. */
  readonly note: string;
  /** `host:port,…` for clients; the same after a restart. */
  readonly brokers: readonly string[];
  /** As `kill -9`; its data stays. */
  kill(): Promise<void>;
  /** Starts it again on the data it left. */
  restart(): Promise<void>;
  /** Ends it, and removes its data. */
  stop(): Promise<void>;
}

export interface StartKafkaOptions {
  /** One that can be killed: no given cluster and no container. */
  readonly own?: boolean;
  /** Name to password, `admin` among them: clients log in with SCRAM-SHA-512, and only what ACLs allow is allowed. Implies `own`. */
  readonly users?: Readonly<Record<string, string>>;
}

/** What `scripts/kafka-broker.mjs` gives. */
interface Started {
  readonly brokers: string;
  kill?(): Promise<void>;
  stop(): Promise<void>;
}
type StartBroker = (options: StartKafkaOptions & { folder: string; port?: number }) => Promise<Started>;

const script = new URL('../../../scripts/kafka-broker.mjs', import.meta.url);

/**
 * Starts a real Kafka broker: CHANCERY_KAFKA, else Java and the jars, else a container. Where none can be had, `missing` says what to install, for
 * `describe.skipIf`; with CI=true that is a failure.
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<KafkaBroker> {
  const { startBroker } = (await import(script.href)) as { startBroker: StartBroker };
  const folder = temporaryFolder();
  const start = (port?: number) => startBroker({ ...options, folder: join(folder.path, 'kafka'), ...(port !== undefined && { port }) });
  let broker: Started;
  try {
    broker = await start();
  } catch (error) {
    folder.remove();
    if (!(error instanceof Error) || error.name !== 'NoBroker' || process.env['CI'] === 'true') throw error;
    return noBroker(error.message);
  }
  const brokers = broker.brokers.split(',');
  return {
    brokers,
    note: '',
    async kill() {
      await (broker.kill ?? cannot)();
    },
    async restart() {
      broker = await start(Number(brokers[0]?.split(':')[1]));
    },
    async stop() {
      await broker.stop();
      folder.remove();
    },
  };
}

/** The last way to a broker, by itself: a container, where an engine answers. One machine in many has none, so that is never a failure. */
export async function startContainerKafka(): Promise<KafkaBroker> {
  const { containerEngine, startContainerBroker } = (await import(containers.href)) as Containers;
  const engine = await containerEngine();
  if (engine === undefined) return noBroker('no container engine answers');
  const broker = await startContainerBroker({ engine, say: () => undefined });
  if (!broker) return noBroker('what answers is no container engine');
  const { missing: _, ...none } = noBroker('');
  return { ...none, note: '', brokers: broker.brokers.split(','), stop: () => broker.stop() };
}

const containers = new URL('../../../tools/kafka/container-broker.mjs', import.meta.url);

interface Containers {
  containerEngine(): Promise<string | undefined>;
  startContainerBroker(options: { engine: string; say(text: string): void }): Promise<Pick<Started, 'brokers' | 'stop'> | undefined>;
}

function noBroker(missing: string): KafkaBroker {
  return { missing, brokers: [], note: ` (${missing})`, kill: cannot, restart: cannot, stop: () => Promise.resolve() };
}

const cannot = (): Promise<void> => Promise.reject(new Error('only a broker of its own can be killed: ask for one'));
