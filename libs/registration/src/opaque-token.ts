import { timingSafeEqual } from 'node:crypto';
import { canNameStream } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { newSecret, sha256base64url } from '@chancery/platform';

/** Opaque to everybody but us: the id of what it opens, a dot, 256 random bits. Kept by its hash alone. */
export function mintOpaque(id: string): { token: string; tokenHash: string } {
  const token = `${id}.${newSecret()}`;
  return { token, tokenHash: sha256base64url(token) };
}

export interface Presented {
  /** Of what it says that it opens. */
  readonly id: string;
  readonly token: string;
}

/**
 * The one token of this shape in the `Authorization` field (RFC 6750 §2.1).
 * @param kind what its refusals are called by
 * @throws OAuthError 401: without `error` when none came, `invalid_token` for what cannot be one
 */
export function presentedOpaque(authorization: string | readonly string[] | undefined, shape: RegExp, kind: 'iat' | 'rat'): Presented {
  if (authorization === undefined) throw unauthorized(`${kind}_missing`, true);
  const [, token] = /^Bearer ([^ ,]+)$/i.exec(typeof authorization === 'string' ? authorization : '') ?? [];
  const id = token === undefined ? undefined : shape.exec(token)?.[1];
  if (token === undefined || id === undefined || !canNameStream(id)) throw unauthorized(`${kind}_invalid`);
  return { id, token };
}

/** Whether it is the token of this hash, in constant time; of none where there is no hash. */
export const isOpaque = (token: string, tokenHash = ''): boolean => timingSafeEqual(digest(sha256base64url(token)), digest(tokenHash));

/** As long as a hash, which no shorter text can be mistaken for. */
const digest = (text: string): Buffer => Buffer.from(text.padEnd(43, '\0'));

/** The same 401 for unknown, expired, spent and revoked; the reason stays inside. */
export const unauthorized = (refusal: string, unauthenticated = false): OAuthError =>
  new OAuthError('invalid_token', { refusal, scheme: 'Bearer', realm: 'chancery-registration', unauthenticated });
