import { OAuthError } from '@chancery/oauth';
import { z } from 'zod';

const position = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/)
  .transform(Number)
  .refine((value) => value <= Number.MAX_SAFE_INTEGER);

/** Entries that one page has at most. */
const pageSize = 1_000;

const range = z.strictObject({ from: position.default(1), to: position.exactOptional() });
const page = z
  .strictObject({ from: position, to: position })
  .refine(({ from, to }) => from <= to && to - from < pageSize, { path: ['to'] });
const nothing = z.strictObject({});

const parameters = { range, page, nothing };

type Parsed<Kind extends keyof typeof parameters> = z.output<(typeof parameters)[Kind]>;

/** The query of a request about the roll. Nothing in it is ignored (WIRE-20). @throws OAuthError `invalid_request` that names the parameter */
export function parseRollQuery<Kind extends keyof typeof parameters>(kind: Kind, query: unknown): Parsed<Kind> {
  const parsed = parameters[kind].safeParse(query);
  if (parsed.success) return parsed.data as Parsed<Kind>;
  // Only names of ours are said: an unknown one is the caller's text.
  const name = parsed.error.issues[0]?.path[0];
  const description = name === undefined ? 'unknown parameter' : `${String(name)} is unacceptable`;
  throw new OAuthError('invalid_request', { refusal: 'query_malformed', description });
}

/** A position in a path. @throws OAuthError 404 for what can be none */
export function parsePosition(text: string): number {
  const parsed = position.safeParse(text);
  if (parsed.success) return parsed.data;
  throw noSuchPosition();
}

export const noSuchPosition = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'position_unknown', status: 404, description: 'the roll has no such position' });
