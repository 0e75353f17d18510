import { iat, type KnownIat } from '@chancery/domain';
import type { EventStore, Folded, Reading } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { iatShape } from '@chancery/platform';
import { isOpaque, mintOpaque, presentedOpaque, unauthorized } from '../opaque-token.js';

/** An initial access token (IAT-01). */
export const mintToken = mintOpaque;

/** The presented IAT's id. @throws OAuthError 401 (IAT-02) */
export function presentedIat(authorization: string | readonly string[] | undefined): { iatId: string; token: string } {
  const { id, token } = presentedOpaque(authorization, iatShape, 'iat');
  return { iatId: id, token };
}

/** Reads the IAT and checks that the token is the one that was minted, in constant time; unknown and wrong cost and say the same. */
export async function readIat(presented: { iatId: string; token: string }, store: EventStore, reading: Reading): Promise<Folded<KnownIat>> {
  const found = await store.fold(streamName('iat', presented.iatId), iat, reading);
  const { state } = found;
  const same = isOpaque(presented.token, state.status === 'unknown' ? undefined : state.tokenHash);
  if (!same || state.status === 'unknown') throw unauthorized('iat_invalid');
  return { ...found, state };
}
