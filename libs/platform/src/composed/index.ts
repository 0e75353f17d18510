export { checkIssuer, checkStatedIssuer } from './check-issuer.js';
export { checkOwnTopics, kafkaConnection, openServiceBus, reach } from './kafka.js';
export { type ComposedConfig, loadComposedConfig } from './composed-config.js';
export type { KafkaSettings } from './kafka-settings.js';
export { loadPrepareConfig, type PrepareConfig } from './prepare-config.js';
export { reasonOfService } from './reason-of.js';
export { remoteService, replicaFetch } from './remote.js';
export type { SecretName } from './secret-files.js';
export { openSecrets, type Secrets } from './secrets.js';
export { keysOf, readyLine, serve, type Serving } from './serve.js';
export {
  type GatewayConfig,
  loadGatewayConfig,
  loadStoreServiceConfig,
  type ServiceConfig,
  type StoreServiceConfig,
} from './service-config.js';
