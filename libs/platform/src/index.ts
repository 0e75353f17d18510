export { Secret } from './secret.js';
export { agentIdOf, iatShape, newAgentId, newId, newSecret, ratShape, sha256base64url, ulid, type IdPrefix } from './ids.js';
export { exactUrl } from './exact-url.js';
export { isPlainText } from './plain-text.js';
export { ConfigError, type Config, type LogLevel } from './config/config.js';
export { gatewayName } from './config/gateway-name.js';
export { loadConfig } from './config/load-config.js';
export { withoutSettings } from './config/settings.js';
export { openMasterKey } from './config/master-key.js';
export { silentLog, type Log, type LogFields } from './logs/log.js';
export { createLogger } from './logs/create-logger.js';
export { metrics } from './metrics/metrics.js';
export { openMetrics, type MetricsServer } from './metrics/open-metrics.js';
export { createHealth, type Health, type HealthCheck } from './health/health.js';
export { signingKeys } from './health/signing-keys.js';
export {
  KeyRefused,
  keyPurposes,
  serviceNames,
  type KeyAlgorithm,
  type KeyPurpose,
  type KeyRing,
  type Keys,
  type PublicKey,
  type ServiceName,
  type SigningKey,
} from './keys/key-ring.js';
export { openKeyRing } from './keys/open-key-ring.js';
export { openKeys } from './keys/open-keys.js';
export { sealingKeysOf, type SealingKeys } from './keys/seal.js';
export { resealOld } from './keys/reseal.js';
export { ensureKeys } from './keys/ensure-keys.js';
export { sealedKeysIn, type SealedKeys } from './keys/sealed-keys.js';
export { platformMigrations } from './keys/migration.js';
export { callerHeaderName, type Caller, type Outside } from './service-auth/caller.js';
export { callerHeader } from './service-auth/caller-header.js';
export { verifyCaller } from './service-auth/verify-caller.js';
export { createService, type ServiceApp, type ServiceOptions } from './http/service.js';
export { bodyOf, requestIdOf, type ServiceRequest } from './http/request.js';
export { headerField } from './http/header-field.js';
export { removeHeaders } from './http/remove-headers.js';
export { requireKind } from './http/media-type.js';
export { readBody } from './http/read-body.js';
export { doorBody, doorRequestId, doorSource, type DoorRequest } from './http/door-request.js';
export { parseKeySet, type ClientKeys } from './client-keys/key-set.js';
export { openRemoteKeys, type RemoteKeys, type RemoteKeysDeps } from './client-keys/remote-keys.js';
export { attribute, type Attribution } from './refusals/attribution.js';
export { createRefusals, type RefusalsOptions } from './refusals/create-refusals.js';
export type { Refusal, Refusals } from './refusals/refusals.js';
export type { AuthenticatedAgent, Grant, TokenAnswer, TokenRequest, VerifiedProof } from './token-endpoint/grant.js';
export { asRequester, type Requester } from './token-endpoint/as-requester.js';
export { proveOnce } from './token-endpoint/prove-key.js';
export { TokenEndpointModule, type TokenEndpointOptions } from './token-endpoint/token-endpoint.module.js';
export { BusTransport, type BusMessage, type BusTransportOptions } from './bus-transport/bus-transport.js';
export { openDoor, type DoorOptions } from './door/open-door.js';
export { openServiceDoor, type ServiceDoorOptions } from './door/open-service-door.js';
export type { Door } from './door/listener.js';
export type { RemoteService } from './door/remote-service.js';
export { answerHere, answerJson } from './door/answer-here.js';
export { grantTypes, routes, type Route } from './door/routes.js';
export { forward, type Target } from './door/target.js';
export { graceful, type GracefulOptions, type StopStep } from './lifecycle/graceful.js';
export { Opened } from './lifecycle/opened.js';
export { runProcess, type ProcessOptions, type Starting } from './lifecycle/run-process.js';
export { until } from './lifecycle/until.js';
export * from './outbound/index.js';
export * from './issuing/index.js';
export * from './admin/index.js';
