// The settings of a broker on this machine: small, quick to start, and on loopback only.

/**
 * @param {{ port: number, controllerPort: number, internalPort: number, folder: string, users: boolean }} options
 *   `users`: clients log in with SASL/SCRAM-SHA-512 as the users the storage was formatted with; `admin` may do everything, others what ACLs allow
 */
export function serverProperties({ port, controllerPort, internalPort, folder, users }) {
  const controller = `127.0.0.1:${controllerPort}`;
  const client = `CLIENT://127.0.0.1:${port}`;
  const internal = users ? `,INTERNAL://127.0.0.1:${internalPort}` : '';
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': controller,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${client}${internal},CONTROLLER://${controller}`,
    'advertised.listeners': `${client}${internal}`,
    'listener.security.protocol.map': `CLIENT:${users ? 'SASL_PLAINTEXT' : 'PLAINTEXT'},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': users ? 'INTERNAL' : 'CLIENT',
    'log.dirs': folder,
    // One that was killed is taken for alive so long, and keeps its own next start waiting.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 1_000,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    ...(users && authorization),
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const authorization = {
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': false,
  // The broker speaks to itself without a name; nobody else listens there.
  'super.users': 'User:admin;User:ANONYMOUS',
};
