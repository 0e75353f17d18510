import { OAuthError } from '@chancery/oauth';
import { bodyAs, isPlainText } from '@chancery/platform';
import { z } from 'zod';

const group = z.string().min(1).max(128);
const query = z.strictObject({
  group: group.exactOptional(),
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,3}$/)
    .transform(Number)
    .refine((value) => value <= 1_000)
    .default(100),
});

export type QuarantineQuery = z.output<typeof query>;

/** The query of `GET /admin/v1/quarantine`. Nothing in it is ignored (WIRE-20). @throws OAuthError `invalid_request` that names the parameter */
export function parseQuarantineQuery(given: unknown): QuarantineQuery {
  const parsed = query.safeParse(given);
  if (parsed.success) return parsed.data;
  // Only names of ours are said: an unknown one is the caller's text.
  const name = parsed.error.issues[0]?.path[0];
  const description = name === undefined ? 'unknown parameter' : `${String(name)} is unacceptable`;
  throw new OAuthError('invalid_request', { refusal: 'query_malformed', description });
}

const retry = z.strictObject({ group, key: z.string().min(1).max(2_048) });

export type RetryRequest = z.output<typeof retry>;

/** @throws OAuthError `invalid_request` */
export const parseRetry = (body: Uint8Array): RetryRequest => bodyAs(body, retry);

const drop = z.strictObject({ reason: z.string().min(1).max(512).refine(isPlainText) });

/** What is given up, and why. @throws OAuthError 404 for what can be no place in quarantine, else `invalid_request` */
export function parseDrop(id: string, body: Uint8Array): { id: bigint; reason: string } {
  const { reason } = bodyAs(body, drop);
  if (!/^(?:0|-?[1-9][0-9]{0,17})$/.test(id)) throw notInQuarantine();
  return { id: BigInt(id), reason };
}

export const notInQuarantine = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'quarantine_unknown', status: 404, description: 'nothing like that is in quarantine' });
