import { algorithmNames } from '../jose/algorithms.js';
import { parseIssuer, splitIdentifier } from './issuer.js';

export type ClientAuthMethod = 'private_key_jwt' | 'client_secret_basic';

export interface AuthorizationServerOptions {
  issuer: string;
  /** Which endpoints answer, besides `/token` and `/jwks`. */
  endpoints: readonly ('register' | 'revoke' | 'introspect')[];
  grantTypes: readonly string[];
  authMethods: readonly ClientAuthMethod[];
  /** Left out where there are none. */
  scopes?: readonly string[];
  /** Identifiers of the resources tokens are issued for. */
  protectedResources?: readonly string[];
  dpop?: boolean;
}

const endpointMembers = { register: 'registration_endpoint', revoke: 'revocation_endpoint', introspect: 'introspection_endpoint' } as const;

/**
 * The document of RFC 8414 §2, from what is switched on: nothing off is named, nothing named is off.
 * @throws TypeError for an issuer that cannot be one
 */
export function authorizationServerMetadata(options: AuthorizationServerOptions): Record<string, unknown> {
  const issuer = parseIssuer(options.issuer);
  const { authMethods, scopes = [], protectedResources = [], dpop = true } = options;
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    ...Object.fromEntries(options.endpoints.map((name) => [endpointMembers[name], `${issuer}/${name}`])),
    response_types_supported: [], // required, and empty without an authorization endpoint
    grant_types_supported: [...options.grantTypes], // silence would announce implicit
    ...authenticationMembers('token', authMethods),
    ...(options.endpoints.includes('revoke') ? authenticationMembers('revocation', authMethods) : {}),
    ...(options.endpoints.includes('introspect') ? authenticationMembers('introspection', authMethods) : {}),
    ...(dpop ? { dpop_signing_alg_values_supported: algorithmNames } : {}),
    ...(scopes.length > 0 ? { scopes_supported: [...scopes] } : {}),
    ...(protectedResources.length > 0 ? { protected_resources: [...protectedResources] } : {}),
  };
}

const authenticationMembers = (endpoint: string, methods: readonly ClientAuthMethod[]): Record<string, readonly string[]> => ({
  [`${endpoint}_endpoint_auth_methods_supported`]: [...methods], // always said: the default if absent is client_secret_basic
  ...(methods.includes('private_key_jwt') ? { [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: algorithmNames } : {}),
});

/** The three paths one document is served under: RFC 8414 §3.1, §5, and OpenID's own (MCP discovery tries them all). */
export function authorizationServerMetadataPaths(issuer: string): readonly string[] {
  const { path } = splitIdentifier(issuer);
  const paths = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    `${path}/.well-known/openid-configuration`,
  ];
  return [...new Set(paths)];
}
