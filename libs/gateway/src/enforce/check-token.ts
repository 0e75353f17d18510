import type { IncomingMessage } from 'node:http';
import {
  authenticateAccessToken,
  OAuthError,
  parseAuthorization,
  parseScope,
  type PresentedToken,
  readAccessToken,
  restsOn,
} from '@chancery/oauth';
import { headerField } from '@chancery/platform';
import type { KeySource } from '../keys/key-source.js';
import type { VerifiedToken, VerifiedTokens } from './verified-tokens.js';

export interface CheckTokenDeps {
  readonly issuer: string;
  readonly keys: KeySource;
  readonly verified: VerifiedTokens;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
}

/**
 * The one token of a request, from its one `Authorization` field (GW-01).
 * @throws OAuthError 401 without `error` when there is none, 400 `invalid_request` for two places or a malformed one
 */
export function presentedToken(req: IncomingMessage, query: string): PresentedToken {
  const presented = parseAuthorization(headerField(req, 'authorization'));
  // RFC 6750 §2: more than one method in one request. Alone, a token in the query is no token here (OAuth 2.1 §5.1).
  const inQuery = new URLSearchParams(query).has('access_token');
  if (presented && inQuery) throw new OAuthError('invalid_request', { refusal: 'token_in_two_places' });
  if (presented === undefined) throw new OAuthError('invalid_token', { refusal: 'token_missing', unauthenticated: true });
  return presented;
}

/**
 * Type, signature and issuer of a token (GW-03). The signature of one seen before is not checked again (GW-07).
 * @throws OAuthError `invalid_token`
 */
export async function verifyToken(token: string, deps: CheckTokenDeps): Promise<VerifiedToken> {
  const known = deps.verified.get(token, deps.now());
  if (known !== undefined) return known;

  const read = readAccessToken(token);
  const key = await deps.keys.seek(read.kid);
  const authentic = authenticateAccessToken(read, { issuer: deps.issuer, key });
  const { claims, kid } = authentic;
  const verified: VerifiedToken = { ...authentic, scope: parseScope(claims.scope), lookups: restsOn(claims, kid) };
  // What is over passes nowhere, and takes nobody's place.
  if (claims.exp > deps.now()) deps.verified.set(token, verified);
  return verified;
}
