import { readFileSync } from 'node:fs';
import { z } from 'zod';

const topicNames = z.array(z.string().startsWith('chancery.'));
const settings = z.record(z.string(), z.string());

const topicsFile = z.strictObject({
  environments: z.record(z.string(), z.strictObject({ replicationFactor: z.int().min(1), config: settings })),
  everyTopic: settings,
  topics: z.record(
    z.string().startsWith('chancery.'),
    z.strictObject({ partitions: z.record(z.string(), z.int().min(1)), config: settings }),
  ),
});

const aclsFile = z.strictObject({
  principals: z.record(z.string(), z.strictObject({ write: topicNames, read: topicNames, groups: topicNames })),
});

/** The rights of one service. `groups` are prefixes of consumer groups' names. */
export interface PrincipalRights {
  readonly write: readonly string[];
  readonly read: readonly string[];
  readonly groups: readonly string[];
}

/** A topic as it has to be on a cluster. */
export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface Topology {
  readonly topics: readonly TopicSettings[];
  readonly principals: Readonly<Record<string, PrincipalRights>>;
}

/** `infra/kafka` of this release. */
const declared = new URL('../../../../infra/kafka/', import.meta.url);

/**
 * Reads the one declaration of topics and rights.
 * @param environment one that `topics.json` names; only `development` is for a single broker
 * @throws RangeError for another environment
 */
export function loadTopology(environment: string, folder: URL = declared): Topology {
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const { environments, everyTopic, topics } = topicsFile.parse(read('topics.json'));
  const { principals } = aclsFile.parse(read('acls.json'));
  const here = environments[environment];
  if (!here) throw new RangeError(`no such environment: ${environment} (there are ${Object.keys(environments).join(', ')})`);
  return {
    topics: Object.entries(topics).map(([name, { partitions, config }]) => ({
      name,
      partitions: partitions[environment] ?? missing(name, environment),
      replicationFactor: here.replicationFactor,
      config: { ...everyTopic, ...here.config, ...config },
    })),
    principals,
  };
}

function missing(name: string, environment: string): never {
  throw new RangeError(`${name} has no partitions for ${environment}`);
}
