import { OAuthError } from '@chancery/oauth';

const statuses: Readonly<Record<string, { status: number; refusal: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, refusal: 'headers_too_large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, refusal: 'request_too_slow' },
};

/** The refusal of bytes that never became a request, by Node.js's code for what is wrong with them. */
export const malformedRequest = (code: string | undefined): OAuthError =>
  new OAuthError('invalid_request', statuses[code ?? ''] ?? { refusal: 'request_malformed', status: 400 });

/** CONNECT asks for a way through to somebody else, and this is no proxy (RFC 9110 §9.3.6). */
export const noProxy = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'request_malformed', description: 'the request target is malformed' });
