import { OAuthError } from '@chancery/oauth';
import { z } from 'zod';

/** Which part of a list is asked for. */
export interface Page {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
}

const page = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,3}$/)
    .transform(Number)
    .refine((limit) => limit <= 1_000)
    .default(100),
  after: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .exactOptional(),
});
const nothing = z.strictObject({});

/** The query of a list. Nothing in it is ignored (WIRE-20). @throws OAuthError `invalid_request` that names the parameter */
export const parsePage = (query: unknown): Page => parse(page, query);

/** The query of everything that is no list. @throws OAuthError `invalid_request` */
export const refuseParameters = (query: unknown): void => void parse(nothing, query);

/** No page begins after an id that is in no list. */
export const unknownAfter = (): OAuthError => malformed('after is unacceptable');

function parse<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  // Only names of ours are said: an unknown one is the caller's text.
  const name = parsed.error.issues[0]?.path[0];
  throw malformed(name === undefined ? 'unknown parameter' : `${String(name)} is unacceptable`);
}

const malformed = (description: string): OAuthError => new OAuthError('invalid_request', { refusal: 'query_malformed', description });
