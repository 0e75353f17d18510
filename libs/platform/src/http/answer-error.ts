import { type OAuthError, renderJson } from '@chancery/oauth';
import type { Log } from '../logs/log.js';
import { attributionOf } from '../refusals/attribution.js';
import type { Refusals } from '../refusals/refusals.js';
import type { AnswerError } from './errors.filter.js';
import { sourceOf } from './source-of.js';
import { wireError } from './wire-error.js';

/** Answers with RFC 6749 §5.2 JSON; a refusal is recorded, a fault logged. */
export const answerErrors =
  ({ log, refusals }: { log: Log; refusals: Refusals | undefined }): AnswerError =>
  (thrown, request, reply) => {
    const error = wireError(thrown);
    const endpoint = request.routeOptions.url ?? 'unknown';
    const requestId = request.id;
    note({ error, log, endpoint, requestId });
    if (error.status < 500) {
      refusals?.record({ endpoint, error, requestId, source: sourceOf(request.raw), ...attributionOf(thrown) });
    }
    // An answer that has begun cannot be turned into another one.
    if (reply.sent) return;
    const { status, headers, body } = renderJson(error);
    void reply.code(status).headers(headers).send(JSON.stringify(body));
  };

/** A fault is somebody's to mend; a service that is away will come back; a refusal is in the records, and here only when one looks closely. */
export function note(seen: { error: OAuthError; log: Log; endpoint: string; requestId: string }): void {
  const { error, log, endpoint, requestId } = seen;
  const fields = { endpoint, requestId, status: error.status, reason: error.refusal };
  if (error.code === 'server_error') log.error({ ...fields, err: error.cause ?? error }, 'a request met a fault');
  else if (error.status >= 500) log.warn({ ...fields, err: error.cause ?? error }, 'a request met something that is away');
  else log.debug({ ...fields, err: error }, 'a request was refused');
}
