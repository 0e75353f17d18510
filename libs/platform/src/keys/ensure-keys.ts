import { keyRing, type KeyRingState } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import type { Secret } from '../secret.js';
import { keyPurposes, type KeyAlgorithm, type KeyPurpose } from './key-ring.js';
import { makeKey } from './make-key.js';
import { recordKey, streamOf } from './record-key.js';
import { seal } from './seal.js';
import type { SealedKeys } from './sealed-keys.js';

export interface EnsureKeys {
  readonly store: EventStore;
  readonly sealed: SealedKeys;
  readonly sealingKeys: (purpose: KeyPurpose) => Secret;
  /** For access tokens; everything else is signed with Ed25519. */
  readonly algorithm: KeyAlgorithm;
  readonly by: 'system';
}

/**
 * Makes what is missing before anything is served: for each purpose a key that signs, and for access tokens (in the
 * configured algorithm) and for revocations, whose keys gateways pin, a published next one. Two replicas that start at once end up with the same keys: the stream's revision picks whose.
 */
export async function ensureKeys(options: EnsureKeys): Promise<void> {
  for (const purpose of keyPurposes) {
    const alg = purpose === 'access-token' ? options.algorithm : 'Ed25519';
    await addUnless(options, purpose, alg, (ring) => ring.active !== undefined || nextOf(ring) !== undefined);
    await recordKey(options.store, purpose, (ring) => {
      const first = ring.active === undefined ? nextOf(ring) : undefined;
      const at = Math.floor(options.store.now());
      return first && { type: 'activate-key', purpose, kid: first.kid, at, minPublished: 0, by: options.by };
    });
    if (purpose === 'access-token' || purpose === 'revocation')
      await addUnless(options, purpose, alg, (ring) => nextOf(ring, alg) !== undefined);
  }
}

/** The private part is kept before the event says that the key exists; one whose event lost the race stays behind, unused. */
async function addUnless(
  options: EnsureKeys,
  purpose: KeyPurpose,
  alg: KeyAlgorithm,
  enough: (ring: KeyRingState) => boolean,
): Promise<void> {
  const { store, sealed, sealingKeys, by } = options;
  const { state } = await store.fold(streamOf(purpose), keyRing, 'fresh');
  if (enough(state)) return;
  const { kid, jwk, privateKey } = makeKey(alg);
  await sealed.put(kid, purpose, seal(privateKey, { purpose, kid }, sealingKeys(purpose)));
  await recordKey(store, purpose, (ring) =>
    enough(ring) ? undefined : { type: 'add-key', purpose, kid, alg, jwk, at: Math.floor(store.now()), by },
  );
}

const nextOf = (ring: KeyRingState, alg?: KeyAlgorithm) =>
  Object.values(ring.keys).find((key) => key.status === 'next' && (alg === undefined || key.alg === alg));
