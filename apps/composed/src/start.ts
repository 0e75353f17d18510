import { join } from 'node:path';
import { holdDataFolder, startEmbeddedPostgres } from '@chancery/eventstore/embedded';
import type { ServiceName, Starting } from '@chancery/platform';
import type { ComposedConfig } from '@chancery/platform/composed';
import { startBroker } from './broker.js';
import { spawnChild } from './child.js';
import { areFree } from './free-ports.js';
import { kafkaVariables, pickPorts, planOf, readPlan, writePlan } from './plan.js';
import { isReady, startServices, stopServices } from './services.js';
import { tell } from './tell.js';
import { whenAborted } from './when-aborted.js';

export interface Composed {
  readonly issuer: string;
  readonly console: string;
  /** Absolute path of the first operator's credential. */
  readonly operator: string;
  readonly kafka: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** PostgreSQL, Kafka and the five services on this machine, each a process of its own. */
export async function start(starting: Starting<ComposedConfig>): Promise<Composed> {
  const { config, notice, opened, signal, log } = starting;
  const { dataDir } = config;
  opened.keep('data folder', holdDataFolder(dataDir), (held) => held.release());
  const before = readPlan(dataDir);
  const database = await openDatabase(starting);
  signal.throwIfAborted();
  const broker = config.kafka ? undefined : opened.keep('Kafka', await startBroker(dataDir, before?.kafka, notice), (each) => each.stop());
  if (broker?.ended) void watch('kafka', broker.ended, starting);
  const brokers = config.kafka?.CHANCERY_KAFKA ?? broker?.brokers ?? '';
  signal.throwIfAborted();

  const { issuer, operator } = await prepare(starting, database.url, brokers);
  signal.throwIfAborted();
  const plan = planOf(config, brokers, await portsOf(before?.ports));
  writePlan(dataDir, plan);
  const children = opened.keep('services', startServices(plan, tell), stopServices);
  await Promise.race([Promise.all(Object.values(children).map(isReady)), whenAborted(signal)]);
  for (const { name, ended } of Object.values(children)) void watch(name, ended, starting);
  log.debug({}, 'all five are ready');
  const pids = {
    ...(Object.fromEntries(Object.entries(children).map(([name, { pid }]) => [name, pid])) as Record<ServiceName, number>),
    ...(broker?.pid !== undefined && { kafka: broker.pid }),
    ...(database.pid && { postgres: database.pid() }),
  };
  return { issuer, console: `${issuer}/console/`, operator, kafka: brokers, pids };
}

interface Database {
  readonly url: string;
  pid?(): number;
}

async function openDatabase({ config, notice, opened }: Starting<ComposedConfig>): Promise<Database> {
  const { databaseUrl, dataDir, dataDirIsDefault } = config;
  if (databaseUrl !== undefined) return { url: databaseUrl };
  const options = { dataDir: join(dataDir, 'postgres'), defaultFolder: dataDirIsDefault, onNotice: notice };
  return opened.keep('PostgreSQL', await startEmbeddedPostgres(options), (each) => each.stop());
}

/** Runs `prepare` to its end (ADR 0018). */
async function prepare(
  { config, opened, signal }: Starting<ComposedConfig>,
  databaseUrl: string,
  brokers: string,
): Promise<{ issuer: string; operator: string }> {
  const { dataDir, issuer, masterKey } = config;
  const variables = {
    CHANCERY_DATA: dataDir,
    CHANCERY_ISSUER: issuer,
    CHANCERY_DATABASE_URL: databaseUrl,
    CHANCERY_LOG_LEVEL: config.logLevel,
    CHANCERY_SIGNING_ALGORITHM: config.signingAlgorithm,
    CHANCERY_LANES: String(config.lanes),
    ...(masterKey && { CHANCERY_MASTER_KEY: Buffer.from(masterKey.reveal()).toString('base64url') }),
    ...kafkaVariables(config, brokers),
  };
  const child = opened.keep(
    'prepare',
    spawnChild({ name: 'prepare', script: 'all-in-one/dist/prepare/main.js', variables, tell }),
    (each) => each.stop(),
  );
  const line = await Promise.race([child.line('chancery prepared '), whenAborted(signal)]);
  const how = await child.ended;
  if (how !== 0) throw new Error(`prepare ended with ${how}`);
  return JSON.parse(line) as { issuer: string; operator: string };
}

/** The ports of the last start where they are still free: whoever noted them down finds them again. */
async function portsOf(before: Awaited<ReturnType<typeof pickPorts>> | undefined): Promise<Awaited<ReturnType<typeof pickPorts>>> {
  return before && (await areFree(Object.values(before))) ? before : pickPorts();
}

/** What ends is not started again: what a kill does is to be seen, and somebody may be looking at exactly that. */
async function watch(
  name: string,
  ended: Promise<unknown>,
  { signal, notice }: Pick<Starting<ComposedConfig>, 'signal' | 'notice'>,
): Promise<void> {
  const how = await ended;
  if (signal.aborted) return;
  const said = typeof how === 'number' || typeof how === 'string' ? ` (${how})` : '';
  notice(`${name} ended${said}; start it again with: npm run composed -- --only ${name}`);
}
