import { OAuthError } from './errors.js';
import { limits } from './limits.js';

export interface PresentedToken {
  scheme: 'DPoP' | 'Bearer';
  token: string;
}

const tokenSyntax = /^(dpop|bearer) +([A-Za-z0-9\-._~+/]+=*)$/i;
const anotherScheme = /^(?!(?:dpop|bearer)(?: |$))[A-Za-z0-9!#$%&'*+.^_`|~-]+(?: |$)/i;

/**
 * The token of a request to a protected resource, from its one `Authorization` field (RFC 6750 §2.1, RFC 9449 §7.1). `undefined` where
 * there is none: no field, or one of a scheme that carries no token.
 * @throws OAuthError `invalid_request` for two fields or a malformed one
 */
export function parseAuthorization(header: string | readonly string[] | undefined): PresentedToken | undefined {
  const values = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  const value = values[0];
  if (value === undefined) return undefined;
  if (values.length > 1) throw new OAuthError('invalid_request', { refusal: 'authorization_repeated' });

  const match = value.length <= limits.jwtBytes ? tokenSyntax.exec(value) : null;
  const token = match?.[2];
  if (token !== undefined) return { scheme: match?.[1]?.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
  if (anotherScheme.test(value)) return undefined;
  throw new OAuthError('invalid_request', { refusal: 'authorization_malformed' });
}
