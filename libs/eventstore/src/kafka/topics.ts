import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { withAdmin } from './admin-line.js';
import { type KafkaConnection, topicName } from './connection.js';
import { ConfigResourceTypes } from './kafkajs.js';
import { TopologyDrift } from './topology-drift.js';
import type { TopicSettings, Topology } from './topology.js';

/** Creates the topics that are missing. One that exists stays as it is: `checkTopics` says whether it is right. */
export async function createTopics(connection: KafkaConnection, { topics }: Pick<Topology, 'topics'>): Promise<void> {
  await withAdmin(connection, async (admin) => {
    const wanted = topics.map(({ name, partitions, replicationFactor, config }) => ({
      topic: topicName(connection, name),
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([setting, value]) => ({ name: setting, value })),
    }));
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    // Waiting for leaders as kafkajs does it fails where a broker has not heard of the topic yet.
    await admin.createTopics({ topics: missing, waitForLeaders: false });
    await untilLed(admin, new Set(missing.map(({ topic }) => topic)));
  });
}

/**
 * Compares these topics with how they are, as far as this principal may see them.
 * @param names those that the caller uses; all unless told
 * @throws TopologyDrift that names each topic and setting
 */
export async function checkTopics(
  connection: KafkaConnection,
  { topics }: Pick<Topology, 'topics'>,
  names?: readonly string[],
): Promise<void> {
  const wanted = topics.filter(({ name }) => names === undefined || names.includes(name));
  const drift = await withAdmin(connection, async (admin) => {
    const { topics: there } = await admin.fetchTopicMetadata();
    const actual = new Map(there.map(({ name, partitions }) => [name, partitions]));
    const lines: string[] = [];
    for (const topic of wanted) {
      const name = topicName(connection, topic.name);
      const partitions = actual.get(name);
      if (!partitions) lines.push(`${name}: is missing, or not ours to see`);
      else lines.push(...differences(name, topic, { partitions, config: await configOf(admin, name, Object.keys(topic.config)) }));
    }
    return lines;
  });
  if (drift.length > 0) throw new TopologyDrift(drift);
}

/** @throws Error when some partition has no leader after fifteen seconds */
async function untilLed(admin: Admin, names: ReadonlySet<string>): Promise<void> {
  for (const began = performance.now(); performance.now() - began < 15_000; await sleep(50)) {
    const { topics } = await admin.fetchTopicMetadata();
    const led = topics.filter(({ name, partitions }) => names.has(name) && partitions.every(({ leader }) => leader >= 0));
    if (led.length === names.size) return;
  }
  throw new Error('topics were created, but have no leaders');
}

interface Actual {
  readonly partitions: readonly { readonly replicas: readonly number[] }[];
  readonly config: ReadonlyMap<string, string>;
}

function differences(name: string, { partitions, replicationFactor, config }: TopicSettings, actual: Actual): string[] {
  const fewest = Math.min(...actual.partitions.map(({ replicas }) => replicas.length));
  const pairs: [setting: string, wanted: string, found: string | undefined][] = [
    ['partitions', String(partitions), String(actual.partitions.length)],
    ['replication factor', String(replicationFactor), String(fewest)],
    ...Object.entries(config).map(([setting, value]): [string, string, string | undefined] => [setting, value, actual.config.get(setting)]),
  ];
  return pairs
    .filter(([, wanted, found]) => wanted !== found)
    .map(([setting, wanted, found]) => `${name}: ${setting} is ${found ?? 'unknown'}, not ${wanted}`);
}

async function configOf(admin: Admin, name: string, configNames: string[]): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configNames }],
  });
  return new Map(
    resources.flatMap(({ configEntries }) => configEntries.map(({ configName, configValue }) => [configName, configValue] as const)),
  );
}
