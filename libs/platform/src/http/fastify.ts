import type { IncomingMessage } from 'node:http';
import { limits, OAuthError } from '@chancery/oauth';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '../ids.js';
import { metrics } from '../metrics/metrics.js';
import { answerHeaders } from './answer-headers.js';
import { doorBody, type DoorRequest, doorRequestId } from './door-request.js';
import type { AnswerError } from './errors.filter.js';
import type { KnownPaths } from './known-paths.js';
import { readBody } from './read-body.js';
import { unsupportedMediaType } from './media-type.js';

/** Fastify as every service has it: it does not listen, parses nothing, and has no answer of its own. */
export function fastifyAdapter(service: string, paths: KnownPaths, answer: AnswerError): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.formBytes,
    genReqId: (request: IncomingMessage) => (request as DoorRequest)[doorRequestId] ?? newId('rq'),
    requestIdHeader: false,
    skipMiddie: true,
    multipart: false,
    routerOptions: { maxParamLength: 256 },
    // What the router refuses before any hook ran.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers({ ...answerHeaders, 'x-request-id': request.id });
      answer(error, request, reply);
    },
  });
  const fastify = adapter.getInstance();
  takeBodiesRaw(fastify);
  fastify.addHook('onRoute', ({ url, method }) => paths.add(url, method));
  fastify.addHook('onRequest', (request, reply, done) => {
    // A door in front has said them already, and merging two sets costs more than the rest of this hook.
    if ((request.raw as DoorRequest)[doorRequestId] === undefined) void reply.headers({ ...answerHeaders, 'x-request-id': request.id });
    done(request.is404 ? strayRequest(request, paths) : undefined);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const endpoint = request.routeOptions.url ?? 'unknown';
    metrics.requests.inc({ service, endpoint, status: reply.statusCode });
    metrics.requestSeconds.observe({ service, endpoint }, reply.elapsedTime / 1_000);
    done();
  });
  return adapter;
}

/** The bytes as they came: what they mean is for the strict parsers of the wire, not for the framework's. */
function takeBodiesRaw(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    ['application/x-www-form-urlencoded', 'application/json'],
    (request: FastifyRequest, payload: IncomingMessage) => {
      const read = (request.raw as DoorRequest)[doorBody];
      return read ? Promise.resolve(read) : readBody(payload, limits.formBytes, request.headers['content-length']);
    },
  );
  fastify.addContentTypeParser('*', () => Promise.reject(unsupportedMediaType()));
}

/** A path that is nobody's, or one that is asked in a way it does not know (RFC 9110 §15.5.6). */
function strayRequest({ raw }: FastifyRequest, paths: KnownPaths): OAuthError {
  const methods = paths.methodsOf((raw.url ?? '').split('?', 1)[0] ?? '');
  if (methods.length === 0) return new OAuthError('invalid_request', { refusal: 'path_unknown', status: 404 });
  return new OAuthError('invalid_request', { refusal: 'method_not_allowed', status: 405, headers: { allow: methods.join(', ') } });
}
