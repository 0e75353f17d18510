import { challenge, publicText } from './challenge.js';
import type { OAuthError, OAuthErrorCode } from './errors.js';

export interface ErrorBody {
  error?: OAuthErrorCode;
  error_description?: string;
}

export interface Rendering {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: ErrorBody;
}

/** Status, headers and body every rendering shares. */
export const renderPlain = (error: OAuthError, status: number): Rendering => ({
  status,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...retryAfter(error, status),
    ...singleLine(error.headers),
  },
  body: errorBody(error),
});

/** RFC 6749 §5.2 JSON, for the form and registration endpoints. */
export function renderJson(error: OAuthError): Rendering {
  const rendering = renderPlain(error, error.status);
  // RFC 9110 §15.5.2: a 401 always says how to do better.
  if (rendering.status === 401) rendering.headers['www-authenticate'] ??= jsonChallenge(error);
  return rendering;
}

function jsonChallenge(error: OAuthError): string {
  // OAuth 2.1 §3.2.4: the scheme the client tried. A client that put its credential into the body tried none.
  if (error.code === 'invalid_client') return challenge(error.scheme ?? 'Basic', { realm: error.realm });
  return challenge(error.scheme ?? 'Bearer', { realm: error.realm, error: error.unauthenticated ? undefined : error.code });
}

function errorBody(error: OAuthError): ErrorBody {
  if (error.unauthenticated) return {};
  // A fault's text is ours to read, never the caller's.
  if (error.code === 'server_error' || error.description === undefined) return { error: error.code };
  return { error: error.code, error_description: publicText(error.description) };
}

function retryAfter(error: OAuthError, status: number): Record<string, string> {
  if (status !== 503 && status !== 429) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfter ?? 1))) };
}

const singleLine = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.replaceAll(/[^\x20-\x7E]/g, '')]));
