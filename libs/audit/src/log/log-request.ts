import { OAuthError } from '@chancery/oauth';
import { z } from 'zod';
import type { LogQuery } from './read-log.js';

export interface LogRequest extends LogQuery {
  /** Seconds the answer may take while there is nothing. */
  readonly wait: number;
}

const whole = (most: number) =>
  z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,15})$/)
    .transform(Number)
    .refine((value) => value <= most);

const parameters = z.strictObject({
  agent: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,128}$/)
    .exactOptional(),
  type: z
    .string()
    .regex(/^[a-z][a-z.-]{0,127}$/)
    .exactOptional(),
  since: whole(Number.MAX_SAFE_INTEGER).default(0),
  limit: whole(1_000)
    .refine((value) => value > 0)
    .default(100),
  wait: whole(25).default(0),
});

/** The query of `GET /admin/v1/log`. Nothing in it is ignored (WIRE-20). @throws OAuthError `invalid_request` that names the parameter */
export function parseLogRequest(query: unknown): LogRequest {
  const parsed = parameters.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  // Only names of ours are said: an unknown one is the caller's text.
  const name = issue?.path[0];
  const description = name === undefined ? 'unknown parameter' : `${String(name)} is unacceptable`;
  throw new OAuthError('invalid_request', { refusal: 'query_malformed', description });
}
