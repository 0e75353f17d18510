import { type EventStore, reservation, StoreUnavailable } from '@chancery/eventstore';
import { limits } from '@chancery/oauth';
import { bodyAs } from '@chancery/platform';
import { z } from 'zod';

/** What a gateway says of a proof that it is about to let through. */
const body = z.strictObject({
  /** RFC 7638, SHA-256: whose key made it. */
  jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  jti: z.string().min(1).max(limits.jtiChars),
  /** The last second in which any gateway could take it, made from its signed `iat` alone: the same at every gateway. */
  end: z.int().positive(),
});

/** `fresh`: this use was the first one anywhere. `expired`: by the database's clock it is over, or too far ahead to be remembered. */
export interface ReservedProof {
  readonly proof: 'fresh' | 'used' | 'expired';
}

/**
 * Uses a proof up for every gateway at once (ADR 0020): one reservation, and no event. The kind is not that of proofs shown to the server itself: those
 * are for other URLs, and are remembered until another end.
 * @throws OAuthError 400 for a malformed body; StoreUnavailable when it is not known
 */
export async function reserveProof(raw: Uint8Array, store: Pick<EventStore, 'append'>): Promise<ReservedProof> {
  const { jkt, jti, end } = bodyAs(raw, body);
  const { outcome } = await store.append({ streams: [], reserve: [reservation('gateway-proof', [jkt, jti], end)] });
  switch (outcome) {
    case 'recorded':
      return { proof: 'fresh' };
    case 'reserved':
      return { proof: 'used' };
    case 'expired':
      return { proof: 'expired' };
    case 'stale':
    case 'revoked':
      throw new StoreUnavailable('a reservation rests on nothing that could change');
  }
}
