import { renderJson } from '@chancery/oauth';
import { attributionOf } from '../refusals/attribution.js';
import type { AnswerError } from './errors.filter.js';
import { noteRefusal, type NotingDeps } from './note-refusal.js';
import { sourceOf } from './source-of.js';
import { wireError } from './wire-error.js';

/** Answers with RFC 6749 §5.2 JSON; a refusal is recorded, a fault logged. */
export const answerErrors =
  (deps: NotingDeps): AnswerError =>
  (thrown, request, reply) => {
    const error = wireError(thrown);
    const endpoint = request.routeOptions.url ?? 'unknown';
    const about = { ...attributionOf(request), ...attributionOf(thrown) };
    noteRefusal({ endpoint, error, requestId: request.id, source: sourceOf(request.raw), ...about }, deps);
    // An answer that has begun cannot be turned into another one.
    if (reply.sent) return;
    const { status, headers, body } = renderJson(error);
    void reply.code(status).headers(headers).send(JSON.stringify(body));
  };
