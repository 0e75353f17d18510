import { importPublicJwk } from '../jose/import-public-jwk.js';

/** Media type of a JWK set (RFC 7517 §8.5.2). */
export const jwksMediaType = 'application/jwk-set+json';

/**
 * The JWK set of public keys (RFC 7517 §5, RFC 8414 §2): required members, `kid` = RFC 7638 thumbprint, `use`, `alg`, nothing else.
 * @throws OAuthError for a key that is private or unacceptable, so that no private member can be published
 */
export const jwksDocument = (keys: readonly object[]): { keys: Record<string, string>[] } => ({
  keys: keys.map((each) => {
    const { jwk, alg, thumbprint } = importPublicJwk(each);
    return { ...jwk, kid: thumbprint, use: 'sig', alg };
  }),
});
