import kafkajs from 'kafkajs';

/** Names of a CommonJS module that Node.js does not find by reading it. */
export const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  KafkaJSNonRetriableError,
  ResourcePatternTypes,
} = kafkajs;
