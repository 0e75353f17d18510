import { OAuthError, refuseQuery } from '@chancery/oauth';
import type { FastifyRequest } from 'fastify';

/** What a controller gets with `@Req()`: the body is not parsed, only read. */
export type ServiceRequest = FastifyRequest;

/** The request's id, as the answer's `x-request-id` says it. */
export const requestIdOf = (request: ServiceRequest): string => request.id;

const mediaTypes = { form: 'application/x-www-form-urlencoded', json: 'application/json' } as const;

/**
 * The bytes of a body of that kind, for `parseForm` or `parseJson`. Throws OAuthError `invalid_request`: 415 for any other kind (WIRE-01), 400 where
 * a form's parameters came in the query (WIRE-02).
 */
export function bodyOf(request: ServiceRequest, kind: keyof typeof mediaTypes): Buffer {
  if (kind === 'form') refuseQuery(queryOf(request.raw.url ?? ''));
  if (!Buffer.isBuffer(request.body) || mediaTypeOf(request.headers['content-type']) !== mediaTypes[kind]) throw unsupportedMediaType();
  return request.body;
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

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '');
