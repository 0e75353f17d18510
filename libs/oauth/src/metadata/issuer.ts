import { splitHttpUrl } from '../http-url.js';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * An issuer identifier that can be compared byte for byte everywhere (RFC 8414 §2, OAuth 2.1 §1.5): https, or http on loopback; no query, no
 * fragment, no trailing slash, already in its normal form. @throws TypeError otherwise: the start is refused
 */
export function parseIssuer(value: string): string {
  const url = splitHttpUrl(value);
  if (url === undefined) throw new TypeError('the issuer must be an absolute http(s) URL');
  if (url.query !== '' || url.fragment !== '') throw new TypeError('the issuer must have no query and no fragment');
  if (value.endsWith('/')) throw new TypeError('the issuer must not end with a slash');
  if (value !== `${url.scheme}://${url.authority}${url.path}`)
    throw new TypeError('the issuer must be in lower case and without its default port');
  if (url.scheme === 'http' && !loopback.has(hostOf(url.authority))) throw new TypeError('the issuer must be https, except on loopback');
  return value;
}

const hostOf = (authority: string): string => authority.replace(/:[0-9]+$/, '');

/** Origin and path of an identifier; a lone slash is no path. */
export function splitIdentifier(identifier: string): { origin: string; path: string } {
  const url = splitHttpUrl(identifier);
  if (url === undefined) throw new TypeError('the identifier must be an absolute http(s) URL');
  return { origin: `${url.scheme}://${url.authority}`, path: (url.path === '/' ? '' : url.path) + url.query };
}
