import { timingSafeEqual } from 'node:crypto';
import { iat, type KnownIat } from '@chancery/domain';
import type { EventStore, Folded, Reading } from '@chancery/eventstore';
import { canNameStream, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { iatShape, newSecret, sha256base64url } from '@chancery/platform';

/** Opaque to everybody but us: the IAT's id, a dot, 256 random bits (IAT-01). */
export function mintToken(iatId: string): { token: string; tokenHash: string } {
  const token = `${iatId}.${newSecret()}`;
  return { token, tokenHash: sha256base64url(token) };
}

/** The presented IAT's id. @throws OAuthError 401: without `error` when none came, `invalid_token` for what cannot be one (IAT-02). */
export function presentedIat(authorization: string | readonly string[] | undefined): { iatId: string; token: string } {
  if (authorization === undefined) throw unauthorized('iat_missing', true);
  const [, token] = /^Bearer ([^ ,]+)$/i.exec(typeof authorization === 'string' ? authorization : '') ?? [];
  const iatId = token === undefined ? undefined : iatShape.exec(token)?.[1];
  if (token === undefined || iatId === undefined || !canNameStream(iatId)) throw unauthorized('iat_invalid');
  return { iatId, token };
}

/** Reads the IAT and checks that the token is the one that was minted, in constant time; unknown and wrong cost and say the same. */
export async function readIat(presented: { iatId: string; token: string }, store: EventStore, reading: Reading): Promise<Folded<KnownIat>> {
  const found = await store.fold(streamName('iat', presented.iatId), iat, reading);
  const { state } = found;
  const expected = state.status === 'unknown' ? '' : state.tokenHash;
  const same = timingSafeEqual(digest(sha256base64url(presented.token)), digest(expected));
  if (!same || state.status === 'unknown') throw unauthorized('iat_invalid');
  return { ...found, state };
}

/** Made comparable in constant time: as long as a hash, which no shorter text can be mistaken for. */
export const digest = (text: string): Buffer => Buffer.from(text.padEnd(43, '\0'));

/** The same 401 for unknown, expired, spent and revoked; the reason stays inside. */
export const unauthorized = (refusal: string, unauthenticated = false): OAuthError =>
  new OAuthError('invalid_token', { refusal, scheme: 'Bearer', realm: 'chancery-registration', unauthenticated });
