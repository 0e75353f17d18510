import { OAuthError, type OAuthErrorCode } from '@chancery/oauth';

/** What the wire says for each decided no: a code, or a code with a public sentence. */
export type RefusalTable<Refusal extends string> = Record<Refusal, OAuthErrorCode | readonly [OAuthErrorCode, string]>;

/** A decided no on its way out; the reason stays inside. */
export function refused<Refusal extends string>(table: RefusalTable<Refusal>, refusal: Refusal): OAuthError {
  const entry = table[refusal];
  return typeof entry === 'string' ? new OAuthError(entry, { refusal }) : new OAuthError(entry[0], { refusal, description: entry[1] });
}
