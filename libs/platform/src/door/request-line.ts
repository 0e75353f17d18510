import type { IncomingMessage } from 'node:http';
import { OAuthError } from '@chancery/oauth';

/** Characters of RFC 3986 §3.3 and §3.4, and percent escapes of anything that two parsers cannot read differently (GW-14). */
const target = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/;
const ambiguous = /%(?:2[ef]|5c|0[0-9a-f]|1[0-9a-f]|7f)|\/\/|\/\.{1,2}(?:\/|$)/i;

/**
 * The path of a request whose line and Host have one reading: origin form only, no dot segments, no escaped separators, one Host (RFC 9112 §3.2),
 * and not too many header fields. Throws OAuthError `invalid_request`: 400 or 431.
 */
export function pathOfRequest(request: IncomingMessage, maxFields: number): string {
  // Far below the number from which on Node.js leaves headers out in silence.
  if (request.rawHeaders.length / 2 > maxFields) throw new OAuthError('invalid_request', { refusal: 'headers_too_large', status: 431 });
  const url = request.url ?? '';
  const path = url.split('?', 1)[0] ?? '';
  if (!target.test(url) || ambiguous.test(path)) throw refuse('the request target is malformed');
  // Node.js keeps the first Host in silence. HTTP/1.0 knew of none.
  const hosts = count(request.rawHeaders, 'host');
  if (hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0)) throw refuse('one Host, please');
  return path;
}

function count(rawHeaders: readonly string[], name: string): number {
  let found = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === name) found += 1;
  return found;
}

const refuse = (description: string): OAuthError => new OAuthError('invalid_request', { refusal: 'request_malformed', description });
