import type { AclEntry, AclOperationTypes as Operation, Admin } from 'kafkajs';
import { withAdmin } from './admin-line.js';
import type { KafkaConnection } from './connection.js';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from './kafkajs.js';
import { TopologyDrift } from './topology-drift.js';
import type { Topology } from './topology.js';

/** Gives each principal its rights; one that it has already is given again. For who administers the cluster. */
export async function createAcls(connection: KafkaConnection, topology: Pick<Topology, 'principals'>): Promise<void> {
  await withAdmin(connection, (admin) => admin.createAcls({ acl: entries(connection, topology) }));
}

/**
 * Compares the rights on our topics and groups, and on everything, with the declared ones. For who administers the cluster.
 * @throws TopologyDrift that names each right that is missing, and each that nobody declared
 */
export async function checkAcls(connection: KafkaConnection, topology: Pick<Topology, 'principals'>): Promise<void> {
  const wanted = new Set(entries(connection, topology).map(textOf));
  const found = new Set((await withAdmin(connection, everything)).filter(concerns(connection)).map(textOf));
  const missing = [...wanted].filter((right) => !found.has(right)).map((right) => `${right}: is missing`);
  const surplus = [...found].filter((right) => !wanted.has(right)).map((right) => `${right}: nobody declared it`);
  if (missing.length + surplus.length > 0) throw new TopologyDrift([...missing, ...surplus]);
}

function entries({ prefix = '' }: KafkaConnection, { principals }: Pick<Topology, 'principals'>): AclEntry[] {
  const { READ, WRITE, DESCRIBE_CONFIGS } = AclOperationTypes;
  return Object.entries(principals).flatMap(([name, { write, read, groups }]) => {
    const allow = allowing(`User:${name}`);
    const topic = (operation: Operation) => (of: string) =>
      allow(
        { resourceType: AclResourceTypes.TOPIC, resourceName: prefix + of, resourcePatternType: ResourcePatternTypes.LITERAL },
        operation,
      );
    const group = (of: string) =>
      allow({ resourceType: AclResourceTypes.GROUP, resourceName: prefix + of, resourcePatternType: ResourcePatternTypes.PREFIXED }, READ);
    return [
      ...write.map(topic(WRITE)),
      ...read.map(topic(READ)),
      // For the check at start.
      ...[...new Set([...write, ...read])].map(topic(DESCRIBE_CONFIGS)),
      ...groups.map(group),
    ];
  });
}

const allowing =
  (principal: string) =>
  (resource: Pick<AclEntry, 'resourceType' | 'resourceName' | 'resourcePatternType'>, operation: Operation): AclEntry => ({
    ...resource,
    principal,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });

async function everything(admin: Admin): Promise<AclEntry[]> {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  });
  return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
}

/** What is given on a prefix of ours, or on `*`, is given on ours. */
const concerns =
  ({ prefix = '' }: KafkaConnection) =>
  ({ resourceName, resourceType, resourcePatternType }: AclEntry): boolean => {
    const ours = `${prefix}chancery.`;
    if (resourceType === AclResourceTypes.CLUSTER || resourceName === '*' || resourceName.startsWith(ours)) return true;
    return resourcePatternType === ResourcePatternTypes.PREFIXED && ours.startsWith(resourceName);
  };

const textOf = ({ principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType }: AclEntry): string => {
  const pattern = resourcePatternType === ResourcePatternTypes.PREFIXED ? 'those named from ' : '';
  const from = host === '*' ? '' : ` from ${host}`;
  const right = `${wordFor(permissionType, AclPermissionTypes)} ${wordFor(operation, AclOperationTypes)}`;
  return `${principal}: ${right} on ${wordFor(resourceType, AclResourceTypes)} ${pattern}${resourceName}${from}`;
};

/** In kafkajs they are typed as enums, and are not: there is no way back from the number. */
const wordFor = (number: number, words: Readonly<Record<string, number | string>>): string =>
  Object.entries(words).find(([, value]) => value === number)?.[0] ?? String(number);
