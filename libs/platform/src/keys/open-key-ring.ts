import { type KeyRingCommand, type KeyRingState, latestNext } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { KeyRefused, type KeyRing } from './key-ring.js';
import { type OpenKeys, openKeys, type Unsealing } from './open-keys.js';
import { minPublished } from './published-keys.js';
import { recordKey } from './record-key.js';

export interface OpenKeyRing extends Omit<OpenKeys, keyof Unsealing>, Unsealing {
  readonly store: EventStore;
}

/** Keys of the service that may change them. Throws as `openKeys` does. */
export async function openKeyRing(options: OpenKeyRing): Promise<KeyRing> {
  const { store, now } = options;
  const keys = await openKeys(options);
  return {
    ...keys,
    async rotate({ purpose, by, notRevoked }) {
      const at = Math.floor(now());
      const activate = (ring: KeyRingState): KeyRingCommand => {
        const next = latestNext(ring);
        if (!next) throw new KeyRefused('no_next_key');
        return { type: 'activate-key', purpose, kid: next.kid, at, minPublished, by };
      };
      await recordKey(store, purpose, activate, notRevoked);
      await keys.refresh(purpose);
      return keys.active(purpose).kid;
    },
    async revoke({ purpose, kid, reason, by, notRevoked }) {
      const at = Math.floor(now());
      const acted = await recordKey(store, purpose, () => ({ type: 'revoke-key', purpose, kid, reason, at, by }), notRevoked);
      await keys.refresh(purpose);
      return acted;
    },
  };
}
