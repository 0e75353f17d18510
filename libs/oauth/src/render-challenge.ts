import { challenge, publicText } from './challenge.js';
import type { AuthenticationScheme, OAuthError, OAuthErrorCode } from './errors.js';
import { type Rendering, renderPlain } from './render-json.js';

/** What a protected resource says about itself in a challenge. */
export interface ChallengedResource {
  /** The registered identifier. */
  resource: string;
  /** Absolute URL of its RFC 9728 document. */
  metadataUrl: string;
  /** All scopes the operation needs. */
  scopes: readonly string[];
  /** JWS algorithms accepted in DPoP proofs. */
  algs: readonly string[];
  /** The route takes bearer tokens besides DPoP. */
  bearer: boolean;
}

type ResourceScheme = 'DPoP' | 'Bearer';

/**
 * An error as a protected resource says it: RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1. A 401 names every scheme the route takes, with
 * `error` only under the one that was used and only if a credential was shown; a 403 `insufficient_scope` and a 400 name one.
 */
export function renderChallenge(error: OAuthError, resource: ChallengedResource, scheme?: AuthenticationScheme): Rendering {
  const rendering = renderPlain(error, statusAtResource(error));
  const used = usedScheme(resource, scheme ?? error.scheme);
  const challenges = challengedSchemes(error, rendering.status, used, resource).map((each) =>
    describe(each, resource, each === used && !error.unauthenticated ? error : undefined),
  );
  if (challenges.length > 0) rendering.headers['www-authenticate'] = challenges.join(', ');
  return rendering;
}

// RFC 9449 §7.1: beside an access token a bad proof is a failed authentication, not a bad request.
const proofCodes: ReadonlySet<OAuthErrorCode> = new Set(['invalid_dpop_proof', 'use_dpop_nonce']);
const statusAtResource = (error: OAuthError): number => (proofCodes.has(error.code) ? 401 : error.status);

/** A scheme the route does not take is not advertised, not even to the one who tried it. */
const usedScheme = (resource: ChallengedResource, scheme: AuthenticationScheme | undefined): ResourceScheme =>
  scheme === 'Bearer' && resource.bearer ? 'Bearer' : 'DPoP';

const challengedSchemes = (
  error: OAuthError,
  status: number,
  used: ResourceScheme,
  resource: ChallengedResource,
): readonly ResourceScheme[] => {
  if (status === 401) return resource.bearer ? ['DPoP', 'Bearer'] : ['DPoP'];
  if (error.code === 'insufficient_scope' || (status === 400 && error.code === 'invalid_request')) return [used];
  return [];
};

const describe = (scheme: ResourceScheme, resource: ChallengedResource, error: OAuthError | undefined): string =>
  challenge(scheme, {
    error: error?.code,
    error_description: error?.description === undefined ? undefined : publicText(error.description),
    scope: resource.scopes.join(' '),
    resource_metadata: resource.metadataUrl,
    algs: scheme === 'DPoP' ? resource.algs.join(' ') : undefined,
  });
