import { OAuthError } from '@chancery/oauth';
import { z } from 'zod';

export interface GatewaysRequest {
  /** The number of a list that is known; undefined: whatever it is now. */
  readonly since?: number;
  /** Seconds the answer may take while the list is still that one. */
  readonly wait: number;
}

const whole = (most: number) =>
  z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,15})$/)
    .transform(Number)
    .refine((value) => value <= most);

const parameters = z.strictObject({ since: whole(Number.MAX_SAFE_INTEGER).exactOptional(), wait: whole(25).default(0) });

/** The query of `GET /admin/v1/gateways`. Nothing in it is ignored (WIRE-20). @throws OAuthError `invalid_request` that names the parameter */
export function parseGatewaysRequest(query: unknown): GatewaysRequest {
  const parsed = parameters.safeParse(query);
  if (parsed.success) return parsed.data;
  const name = parsed.error.issues[0]?.path[0];
  const description = name === undefined ? 'unknown parameter' : `${String(name)} is unacceptable`;
  throw new OAuthError('invalid_request', { refusal: 'query_malformed', description });
}
