export {
  authorizationServerMetadata,
  authorizationServerMetadataPaths,
  type AuthorizationServerOptions,
  type ClientAuthMethod,
} from './authorization-server.js';
export { parseIssuer } from './issuer.js';
export { jwksDocument, jwksMediaType } from './jwks.js';
export {
  protectedResourceMetadata,
  protectedResourceMetadataPath,
  protectedResourceMetadataUrl,
  type ProtectedResourceOptions,
} from './protected-resource.js';
