// A broker in a container, where an engine answers. testcontainers is installed then and not before: nothing else needs its 170 packages.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('containers', import.meta.url));
const image = 'apache/kafka:4.4.0';

/** Whether a container engine listens where it is said to or usually does. The `docker` command proves nothing: it may be there alone. */
export async function containerEngine() {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const places = [
    process.env.DOCKER_HOST,
    'unix:///var/run/docker.sock',
    'unix:///run/podman/podman.sock',
    ...(runtime ? [`unix://${runtime}/docker.sock`, `unix://${runtime}/podman/podman.sock`] : []),
  ];
  for (const place of places) if (place && (await answers(place))) return place;
  return undefined;
}

function answers(place) {
  const { protocol, pathname, hostname, port } = new URL(place);
  if (protocol === 'unix:' && !existsSync(pathname)) return false;
  return new Promise((resolve) => {
    const socket = protocol === 'unix:' ? connect(pathname) : connect(Number(port || 2375), hostname);
    const done = (yes) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}

/**
 * @param {{ engine: string, say(text: string): void }} options
 * @returns {Promise<{ brokers: string, stop(): Promise<void> } | undefined>} undefined when the engine is none after all
 */
export async function startContainerBroker({ engine, say }) {
  process.env.DOCKER_HOST ??= engine;
  const containers = await testcontainers(say);
  if (!containers) return undefined;
  try {
    await containers.getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  say(`Starting ${image} in a container …`);
  // The address clients are told must be known before the start, so the port is the same inside and out.
  const port = await new containers.RandomPortGenerator().generatePort();
  const container = await new containers.GenericContainer(image)
    .withExposedPorts({ container: port, host: port })
    .withEnvironment(environment(port))
    .withWaitStrategy(containers.Wait.forLogMessage(/Kafka Server started/))
    .start();
  return {
    brokers: `127.0.0.1:${port}`,
    stop: async () => void (await container.stop()),
  };
}

const environment = (port) => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENERS: `CLIENT://:${port},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `CLIENT://127.0.0.1:${port}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'CLIENT',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
});

/** Imported where it is used: it throws on Node.js 20. */
async function testcontainers(say) {
  if (!existsSync(join(folder, 'node_modules', 'testcontainers'))) {
    say('Installing testcontainers …');
    const npm = process.env.npm_execpath;
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const [command, all] = npm ? [process.execPath, [npm, ...args]] : ['npm', args];
    if (spawnSync(command, all, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) return undefined;
  }
  try {
    const { default: module, ...named } = await import(
      pathToFileURL(createRequire(join(folder, 'package.json')).resolve('testcontainers')).href
    );
    return { ...module, ...named };
  } catch {
    return undefined;
  }
}
