import { OAuthError, parseJson } from '@chancery/oauth';
import type { z } from 'zod';

/**
 * A JSON body as its closed schema says. The error names the member, never its value. @throws OAuthError `invalid_request`
 */
export function bodyAs<Schema extends z.ZodType>(raw: Uint8Array, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(raw.byteLength === 0 ? {} : parseJson(raw));
  if (parsed.success) return parsed.data;
  const member = parsed.error.issues.map((issue) => issue.path.join('.'))[0];
  throw new OAuthError('invalid_request', {
    refusal: 'body_malformed',
    // A path holds names from the schema and array indexes; names that were sent do not become part of it.
    description: member
      ? `${member.replaceAll(/[^A-Za-z0-9_.]/g, '')} is missing or unacceptable`
      : 'the body is not what this operation takes',
  });
}
