import { keyRing, type KeyRingState } from '@chancery/domain';
import { type EventStore, StoreUnavailable } from '@chancery/eventstore';
import { ConfigError } from '../config/config.js';
import { type Log, silentLog } from '../logs/log.js';
import { type KeyPurpose, keyPurposes, type Keys, type SigningKey } from './key-ring.js';
import { publishedKeys } from './published-keys.js';
import { streamOf } from './record-key.js';
import { type SealingKeys, unseal } from './seal.js';
import type { SealedKeys } from './sealed-keys.js';

/** Private keys at rest, and what opens them. */
export interface Unsealing {
  readonly sealed: SealedKeys;
  /** Of the purposes that this process signs for, at least. */
  readonly sealingKeys: SealingKeys;
  /** Those whose private keys this process needs; all unless told. */
  readonly signs?: readonly KeyPurpose[];
}

export interface OpenKeys extends Partial<Unsealing> {
  readonly store: Pick<EventStore, 'fold'>;
  /** Seconds since 1970 by the database's clock. */
  readonly now: () => number;
  readonly log?: Log;
  /** Milliseconds between two readings; 5 000 unless told. */
  readonly every?: number;
}

interface Purposed {
  readonly ring: KeyRingState;
  readonly active: SigningKey | undefined;
}

/**
 * Reads every purpose's public keys, and opens those that this process signs with, if any. Throws a ConfigError when the sealing key does not open
 * them.
 */
export async function openKeys(options: OpenKeys): Promise<Keys> {
  const { now, log = silentLog } = options;
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
  const published = (purpose: KeyPurpose) => publishedKeys(held.get(purpose)?.ring, now());
  return {
    active(purpose) {
      const key = held.get(purpose)?.active;
      if (!key) throw new StoreUnavailable(`there is no key that signs for ${purpose}`);
      return key;
    },
    published,
    find: (purpose, kid) => published(purpose).find((key) => key.kid === kid),
    refresh,
    close: () => clearInterval(timer),
  };
}

async function read(options: OpenKeys, purpose: KeyPurpose, before: Purposed | undefined): Promise<Purposed> {
  const { state: ring } = await options.store.fold(streamOf(purpose), keyRing, 'fresh');
  const { sealed, sealingKeys, signs } = options;
  if (!sealed || !sealingKeys || signs?.includes(purpose) === false || ring.active === undefined) return { ring, active: undefined };
  if (before?.active?.kid === ring.active) return { ring, active: before.active };
  return { ring, active: await open({ sealed, sealingKeys }, purpose, ring) };
}

async function open({ sealed, sealingKeys }: Unsealing, purpose: KeyPurpose, ring: KeyRingState): Promise<SigningKey | undefined> {
  const key = ring.active === undefined ? undefined : ring.keys[ring.active];
  if (!key) return undefined;
  const { kid, alg } = key;
  const bytes = await sealed.get(kid, purpose);
  const sealingKey = sealingKeys(purpose);
  const privateKey = bytes && sealingKey && unseal(bytes, { purpose, kid }, sealingKey);
  if (!privateKey)
    throw new ConfigError('CHANCERY_MASTER_KEY', `does not open the key that signs for ${purpose}: it is not the one it was sealed under`);
  return { kid, alg, privateKey };
}
