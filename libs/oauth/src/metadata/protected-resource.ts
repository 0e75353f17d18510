import { algorithmNames } from '../jose/algorithms.js';
import { splitIdentifier } from './issuer.js';

export interface ProtectedResourceOptions {
  /** The registered identifier, byte for byte. */
  resource: string;
  issuer: string;
  scopes: readonly string[];
  name?: string;
  /** The resource takes bearer tokens besides DPoP-bound ones. */
  bearer: boolean;
}

/** The document of RFC 9728 §2. */
export const protectedResourceMetadata = (options: ProtectedResourceOptions): Record<string, unknown> => ({
  resource: options.resource,
  authorization_servers: [options.issuer],
  // `offline_access` asks the authorization server for a refresh token; no resource knows it.
  scopes_supported: options.scopes.filter((scope) => scope !== 'offline_access'),
  bearer_methods_supported: ['header'],
  ...(options.name === undefined ? {} : { resource_name: options.name }),
  dpop_signing_alg_values_supported: algorithmNames,
  ...(options.bearer ? {} : { dpop_bound_access_tokens_required: true }),
});

/** Path its document is served under (RFC 9728 §3.1), on the resource's host. */
export const protectedResourceMetadataPath = (resource: string): string =>
  `/.well-known/oauth-protected-resource${splitIdentifier(resource).path}`;

/** The absolute URL of that document, as challenges name it. */
export const protectedResourceMetadataUrl = (resource: string): string =>
  `${splitIdentifier(resource).origin}${protectedResourceMetadataPath(resource)}`;
