import type { IncomingMessage } from 'node:http';
import { OAuthError } from '@chancery/oauth';
import { headerField } from './header-field.js';

const mediaTypes = { form: 'application/x-www-form-urlencoded', json: 'application/json' } as const;

export type BodyKind = keyof typeof mediaTypes;

/**
 * That a body is said to be of that kind, once, and as it is.
 * @throws OAuthError `invalid_request`: 415 for any other kind (WIRE-01) or a coding we do not undo (RFC 9110 §15.5.16), 400 for two kinds
 */
export function requireKind(request: IncomingMessage, kind: BodyKind): void {
  const type = headerField(request, 'content-type');
  // Node.js keeps the first in silence.
  if (Array.isArray(type)) throw twoMediaTypes();
  if (mediaTypeOf(request.headers['content-type']) !== mediaTypes[kind]) throw unsupportedMediaType();
  const coding = headerField(request, 'content-encoding');
  if (coding !== undefined && (typeof coding !== 'string' || coding.trim().toLowerCase() !== 'identity')) throw unsupportedCoding();
}

/** The media type in lower case; undefined where a parameter is there that would change how the bytes are read. */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const read = parameters.every((parameter) => ['charset=utf-8', 'charset="utf-8"', ''].includes(parameter.trim()));
  return read ? type.trim() : undefined;
}

export const unsupportedMediaType = (): OAuthError =>
  new OAuthError('invalid_request', {
    refusal: 'media_type_unsupported',
    status: 415,
    description: 'this kind of body is not accepted here',
  });

const unsupportedCoding = (): OAuthError =>
  new OAuthError('invalid_request', {
    refusal: 'content_encoding_unsupported',
    status: 415,
    headers: { 'accept-encoding': 'identity' },
    description: 'no content coding is accepted here',
  });

const twoMediaTypes = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'media_type_repeated', description: 'one Content-Type, please' });
