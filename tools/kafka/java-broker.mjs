// A real Apache Kafka broker from its jars, as a child of this process.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { serverProperties } from './server-properties.mjs';

const flags = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xms64m',
  '-Xmx192m',
  '-XX:-UsePerfData',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

// Whatever becomes of this process, its end of the pipe closes, and the broker goes with it.
const diesWithUs = `
exec 3<&0
"$@" </dev/null 3<&- & broker=$!
echo "pid $broker"
{ cat <&3 >/dev/null; kill -9 "$broker"; } 2>/dev/null &
exec 3<&-
wait "$broker"`;

/**
 * Starts a broker on the data of `folder`, which it formats when it is empty.
 * @param {{ java: string, classPath: string, folder: string, port?: number, users?: Record<string, string> }} options
 *   `users`: name to password, for SASL/SCRAM; a user `admin` belongs to them
 * @returns {Promise<{ brokers: string, pid: number, stop(): Promise<void>, kill(): Promise<void>, ended: Promise<void> }>}
 */
export async function startJavaBroker({ java, classPath, folder, port, users }) {
  const [clientPort, controllerPort, internalPort] = [port ?? (await freePort()), await freePort(), await freePort()];
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, 'server.properties');
  const data = join(folder, 'data');
  writeFileSync(settings, serverProperties({ port: clientPort, controllerPort, internalPort, folder: data, users: users !== undefined }));
  const main = [...flags, '-cp', classPath];
  if (!existsSync(join(data, 'meta.properties'))) await format(java, main, { settings, users: users ?? {} });
  const broker = launch(java, [...main, 'kafka.Kafka', settings]);
  await broker.ready;
  const end = async (signal) => {
    kill(broker.pid(), signal);
    await broker.ended;
  };
  return {
    brokers: `127.0.0.1:${clientPort}`,
    pid: broker.pid(),
    ended: broker.ended,
    stop: async () => {
      const last = setTimeout(() => kill(broker.pid(), 'SIGKILL'), 5_000);
      await end('SIGTERM');
      clearTimeout(last);
    },
    kill: () => end('SIGKILL'),
  };
}

function format(java, main, { settings, users }) {
  const scram = Object.entries(users).flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
  const args = [...main, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId(), '-c', settings, ...scram];
  const child = spawn(java, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = collect(child.stderr);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`the broker's storage could not be formatted: ${said()}`))));
  });
}

// The option parser takes one that begins with a dash for a flag.
const clusterId = () => `C${randomBytes(16).toString('base64url').slice(1)}`;

function launch(java, args) {
  // In a group of its own: a Ctrl-C at the terminal must not end it before its clients.
  const child = spawn('sh', ['-c', diesWithUs, 'sh', java, ...args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const [log, out] = [collect(child.stderr), collect(child.stdout)];
  const ended = new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  const ready = new Promise((resolve, reject) => {
    child.stderr.on('data', () => log().includes('Kafka Server started') && resolve());
    void ended.then(() => reject(new Error(`the Kafka broker did not start: ${log().slice(-2_000)}`)));
  });
  return { ready, ended: ended.then(() => undefined), pid: () => Number(/^pid (\d+)/.exec(out())?.[1] ?? 0) };
}

function kill(pid, signal) {
  try {
    if (pid > 0) process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Its last 64 KiB. */
function collect(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (more) => (text = (text + more).slice(-65_536)));
  return () => text;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
