import { OAuthError } from './errors.js';
import { isUriText, splitHttpUrl } from './http-url.js';

const absoluteUri = /^([A-Za-z][A-Za-z0-9+.-]*):(?=.)/;

/**
 * A resource indicator as it was sent: an absolute URI without fragment (RFC 8707 §2). Match it by `canonicalResource`; store and issue
 * the registered string. @throws OAuthError `invalid_target`
 */
export function parseResource(value: string): string {
  const scheme = absoluteUri.exec(value)?.[1]?.toLowerCase();
  const http = scheme === 'http' || scheme === 'https';
  if (scheme === undefined || !isUriText(value) || value.includes('#') || (http && splitHttpUrl(value) === undefined))
    throw new OAuthError('invalid_target', { refusal: 'resource_malformed' });
  return value;
}

/**
 * The form two spellings of one resource share: scheme and host in lower case, default port and a lone trailing slash gone. Nothing else
 * folds. A text that is no URI is returned as it is and so matches only itself.
 */
export function canonicalResource(value: string): string {
  const url = splitHttpUrl(value);
  if (url === undefined) return value.replace(absoluteUri, (scheme) => scheme.toLowerCase());
  return `${url.scheme}://${url.authority}${url.path === '/' ? '' : url.path}${url.query}${url.fragment}`;
}
