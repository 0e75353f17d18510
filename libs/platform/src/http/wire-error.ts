import { StoreUnavailable } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';

/** What the server framework refuses by itself, and our reason for it. */
const reasons: Readonly<Record<number, string>> = {
  404: 'path_unknown',
  405: 'method_not_allowed',
  413: 'body_too_large',
  414: 'url_too_long',
  415: 'media_type_unsupported',
};

/** Anything thrown, as the one kind of error that may leave. What nobody foresaw becomes `server_error`, with the cause for the log alone (WIRE-12). */
export function wireError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof StoreUnavailable) {
    return new OAuthError('temporarily_unavailable', { refusal: 'store_unavailable', retryAfter: 1, cause: error });
  }
  const status = frameworkStatus(error);
  if (status === undefined) return new OAuthError('server_error', { refusal: 'fault', cause: error });
  return new OAuthError('invalid_request', { refusal: reasons[status] ?? 'request_malformed', status });
}

/** The 4xx that Nest or Fastify means: the sender's mistake, found before our code ran. */
function frameworkStatus(error: unknown): number | undefined {
  const { code, statusCode, getStatus } = Object(error) as { code?: unknown; statusCode?: unknown; getStatus?: unknown };
  const fastify = typeof code === 'string' && code.startsWith('FST_');
  const status = typeof getStatus === 'function' ? (error as { getStatus(): unknown }).getStatus() : fastify ? statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
