export { createAcls, checkAcls } from './acls.js';
export type { KafkaConnection } from './connection.js';
export type { MacKey, MacKeys } from './mac.js';
export { openKafkaBus, type KafkaBusOptions } from './open-kafka-bus.js';
export { checkTopics, createTopics } from './topics.js';
export { loadTopology, type PrincipalRights, type TopicSettings, type Topology } from './topology.js';
export { TopologyDrift } from './topology-drift.js';
export { openSiemTopic, type SiemRecord, type SiemTopic } from './open-siem-topic.js';
