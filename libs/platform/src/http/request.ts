import { refuseQuery } from '@chancery/oauth';
import type { FastifyRequest } from 'fastify';
import { type BodyKind, requireKind, unsupportedMediaType } from './media-type.js';

/** What a controller gets with `@Req()`: the body is not parsed, only read. */
export type ServiceRequest = FastifyRequest;

/** The request's id, as the answer's `x-request-id` says it. */
export const requestIdOf = (request: ServiceRequest): string => request.id;

/**
 * The bytes of a body of that kind, for `parseForm` or `parseJson`. Throws OAuthError `invalid_request`: 415 for any other kind (WIRE-01) or an
 * encoded one, 400 where its kind was said twice or a form's parameters came in the query (WIRE-02).
 */
export function bodyOf(request: ServiceRequest, kind: BodyKind): Buffer {
  if (kind === 'form') refuseQuery(queryOf(request.raw.url ?? ''));
  requireKind(request.raw, kind);
  if (!Buffer.isBuffer(request.body)) throw unsupportedMediaType();
  return request.body;
}

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '');
