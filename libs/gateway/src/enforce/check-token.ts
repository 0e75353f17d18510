import { decodeCompact, OAuthError, parseAuthorization, parseScope, type PresentedToken, verifyAccessToken } from '@chancery/oauth';
import { headerField } from '@chancery/platform';
import type { IncomingMessage } from 'node:http';
import type { KeySource } from '../keys/key-source.js';
import { lookupsOf } from './lookups.js';
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
 * Type, signature, issuer and time of a token (GW-03). The signature of one seen before is not checked again; its end is (GW-07).
 * @throws OAuthError `invalid_token`
 */
export async function verifyToken(token: string, deps: CheckTokenDeps): Promise<VerifiedToken> {
  const known = deps.verified.get(token, deps.now());
  if (known !== undefined) return known;

  const kid = kidOf(token);
  await deps.keys.seek(kid);
  const claims = verifyAccessToken(token, { issuer: deps.issuer, keys: deps.keys.find, now: deps.now() });
  const verified: VerifiedToken = { claims, kid, scope: parseScope(claims.scope), lookups: lookupsOf(claims, kid) };
  deps.verified.set(token, verified);
  return verified;
}

/** @throws OAuthError `invalid_token`: RFC 8725 §3.3, §3.9: a token of another resource is none here */
export function checkAudience({ claims }: VerifiedToken, resource: string): void {
  if (claims.aud !== resource) throw new OAuthError('invalid_token', { refusal: 'token_audience' });
}

const refuse = (detail: string): OAuthError => new OAuthError('invalid_token', { refusal: 'signature_invalid', detail });

/** Which key to ask for. Nothing is believed yet. */
function kidOf(token: string): string {
  const { kid } = decodeCompact(token, { maxBytes: 8_192, refuse }).header;
  if (kid === undefined) throw refuse('no kid');
  return kid;
}
