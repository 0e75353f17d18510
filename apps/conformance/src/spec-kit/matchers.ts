import { expect } from 'vitest';
import type { Answer } from './http.js';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** That an answer is this refusal, in the form every refusal has; `undefined`: without `error`, for nothing was shown (RFC 6750 §3.1). */
    toBeRefused(status: number, error: string | undefined): R;
  }
}

expect.extend({
  toBeRefused(answer: Answer, status: number, error: string | undefined) {
    const problems = [...wrongIn(answer, status, error)];
    return { pass: problems.length === 0, message: () => `${answer.status} ${String(answer.body?.error)}: ${problems.join('; ')}` };
  },
});

/** RFC 6749 §5.2, as WIRE-09 and WIRE-11 to WIRE-13 say it. */
function* wrongIn({ status: answered, headers, body }: Answer, status: number, error: string | undefined): Generator<string> {
  if (answered !== status) yield `the status is not ${status}`;
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) yield 'it is no JSON';
  if (headers['cache-control'] !== 'no-store') yield 'it may be cached (WIRE-13)';
  if (status === 401 && headers['www-authenticate'] === undefined) yield 'it does not say how to do better (RFC 9110 §15.5.2)';
  const { error: code, error_description: description, ...more } = (body ?? {}) as Record<string, unknown>;
  if (code !== error) yield `the error is not ${String(error)}`;
  if (description !== undefined && !(typeof description === 'string' && /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/.test(description)))
    yield 'its description has other characters than RFC 6749 §5.2 allows (WIRE-09)';
  if (Object.keys(more).length > 0) yield `it says more than it should: ${Object.keys(more).join(', ')} (WIRE-09)`;
}
