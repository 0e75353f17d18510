import type { KeyRingState, RingKey } from '@chancery/domain';
import { importPublicJwk, limits } from '@chancery/oauth';
import type { PublicKey } from './key-ring.js';

/** Seconds a key is published before it signs: longer than any cache of the key set (META-06). */
export const minPublished = limits.metadataMaxAgeSeconds + 60;

/** Seconds a key is kept after it signed last: the longest life of a token, and a minute (META-06). */
const keptRetired = 900 + 60;

/** What verifiers need now, of one purpose. */
export const publishedKeys = (ring: KeyRingState | undefined, now: number): readonly PublicKey[] =>
  Object.values(ring?.keys ?? {})
    .filter((key) => needed(key, now))
    .map(publicKey);

function needed({ status, retiredAt }: RingKey, now: number): boolean {
  switch (status) {
    case 'next':
    case 'active':
      return true;
    case 'retired':
      return now <= (retiredAt ?? Infinity) + keptRetired;
    case 'revoked':
      return false;
  }
}

const publicKey = ({ kid, alg, jwk }: RingKey): PublicKey => {
  const imported = importPublicJwk(jwk);
  return { kid, alg, key: imported.key, jwk: imported.jwk };
};
