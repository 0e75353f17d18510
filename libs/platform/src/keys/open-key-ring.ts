import { keyRing, type KeyRingCommand, type KeyRingState, latestNext } from '@chancery/domain';
import { type EventStore, StoreUnavailable } from '@chancery/eventstore';
import { ConfigError } from '../config/config.js';
import { type Log, silentLog } from '../logs/log.js';
import type { Secret } from '../secret.js';
import { keyPurposes, KeyRefused, type KeyPurpose, type KeyRing, type PublicKey, type SigningKey } from './key-ring.js';
import { minPublished, publishedKeys } from './published-keys.js';
import { recordKey, streamOf } from './record-key.js';
import { unseal } from './seal.js';
import type { SealedKeys } from './sealed-keys.js';

export interface OpenKeyRing {
  readonly store: EventStore;
  readonly sealed: SealedKeys;
  readonly masterKey: Secret;
  /** Seconds since 1970 by the database's clock. */
  readonly now: () => number;
  /** Those whose private keys this process needs; all unless told. Public keys are read for every purpose. */
  readonly signs?: readonly KeyPurpose[];
  readonly log?: Log;
  /** Milliseconds between two readings; 5 000 unless told. */
  readonly every?: number;
}

interface Purposed {
  readonly ring: KeyRingState;
  readonly active: SigningKey | undefined;
}

/** Reads every purpose's keys and opens those that sign. Throws a ConfigError when the master key does not open them. */
export async function openKeyRing(options: OpenKeyRing): Promise<KeyRing> {
  const { store, now, log = silentLog } = options;
  const held = new Map<KeyPurpose, Purposed>();
  const refresh = async (only?: KeyPurpose) => {
    const purposes = only === undefined ? keyPurposes : [only];
    await Promise.all(purposes.map(async (purpose) => held.set(purpose, await read(options, purpose, held.get(purpose)))));
  };
  await refresh();
  const timer = setInterval(() => {
    // What was read before stays good enough: a key that is gone for ever is also in the revocation set.
    refresh().catch((err: unknown) => log.warn({ err }, 'signing keys could not be read again'));
  }, options.every ?? 5_000).unref();

  const active = (purpose: KeyPurpose): SigningKey => {
    const key = held.get(purpose)?.active;
    if (!key) throw new StoreUnavailable(`there is no key that signs for ${purpose}`);
    return key;
  };
  const published = (purpose: KeyPurpose): readonly PublicKey[] => publishedKeys(held.get(purpose)?.ring, now());
  return {
    active,
    published,
    find: (purpose, kid) => published(purpose).find((key) => key.kid === kid),
    refresh,
    async rotate({ purpose, by, notRevoked }) {
      const at = Math.floor(now());
      const activate = (ring: KeyRingState): KeyRingCommand => {
        const next = latestNext(ring);
        if (!next) throw new KeyRefused('no_next_key');
        return { type: 'activate-key', purpose, kid: next.kid, at, minPublished, by };
      };
      await recordKey(store, purpose, activate, notRevoked);
      await refresh(purpose);
      return active(purpose).kid;
    },
    async revoke({ purpose, kid, reason, by, notRevoked }) {
      const at = Math.floor(now());
      const acted = await recordKey(store, purpose, () => ({ type: 'revoke-key', purpose, kid, reason, at, by }), notRevoked);
      await refresh(purpose);
      return acted;
    },
    close: () => clearInterval(timer),
  };
}

async function read(options: OpenKeyRing, purpose: KeyPurpose, before: Purposed | undefined): Promise<Purposed> {
  const { state: ring } = await options.store.fold(streamOf(purpose), keyRing, 'fresh');
  const signs = options.signs?.includes(purpose) ?? true;
  if (!signs || ring.active === undefined) return { ring, active: undefined };
  if (before?.active?.kid === ring.active) return { ring, active: before.active };
  return { ring, active: await open(options, purpose, ring) };
}

async function open({ sealed, masterKey }: OpenKeyRing, purpose: KeyPurpose, ring: KeyRingState): Promise<SigningKey | undefined> {
  const key = ring.active === undefined ? undefined : ring.keys[ring.active];
  if (!key) return undefined;
  const { kid, alg } = key;
  const bytes = await sealed.get(kid, purpose);
  const privateKey = bytes && unseal(bytes, { purpose, kid }, masterKey);
  if (!privateKey)
    throw new ConfigError('CHANCERY_MASTER_KEY', `does not open the key that signs for ${purpose}: it is not the one it was sealed under`);
  return { kid, alg, privateKey };
}
