import { createPrivateKey, createPublicKey, generateKeyPairSync, type webcrypto } from 'node:crypto';
import { importPublicJwk } from '@chancery/oauth';
import type { KeyAlgorithm, KeyPurpose, KeyRing, PublicKey, SigningKey } from '@chancery/platform';

/** Private keys by purpose, so that several processes of a bench can share them. */
export type BenchKeys = Partial<Record<KeyPurpose, webcrypto.JsonWebKey>>;

const algorithmOf = (purpose: KeyPurpose): KeyAlgorithm => (purpose === 'access-token' ? 'ES256' : 'Ed25519');

export function makeKeys(...purposes: readonly KeyPurpose[]): BenchKeys {
  return Object.fromEntries(
    purposes.map((purpose) => {
      const { privateKey } =
        algorithmOf(purpose) === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
      return [purpose, privateKey.export({ format: 'jwk' })];
    }),
  );
}

interface BenchKey {
  readonly signing: SigningKey;
  readonly published: PublicKey;
}

/** Throws for a purpose that none was made for. */
function keyOf(keys: BenchKeys, purpose: KeyPurpose): BenchKey {
  const jwk = keys[purpose];
  if (jwk === undefined) throw new Error(`no key was made for ${purpose}`);
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const alg = algorithmOf(purpose);
  const imported = importPublicJwk(createPublicKey(privateKey).export({ format: 'jwk' }));
  const kid = imported.thumbprint;
  return { signing: { kid, alg, privateKey }, published: { kid, alg, key: imported.key, jwk: imported.jwk } };
}

const never = (): Promise<never> => Promise.reject(new Error('keys of a bench never change'));

/** A key ring of keys that never change. */
export function keyRingOf(keys: BenchKeys): KeyRing {
  const known = new Map(Object.keys(keys).map((purpose) => [purpose, keyOf(keys, purpose as KeyPurpose)]));
  const of = (purpose: KeyPurpose): BenchKey => known.get(purpose) ?? keyOf(keys, purpose);
  return {
    active: (purpose) => of(purpose).signing,
    published: (purpose) => [of(purpose).published],
    find: (purpose, kid) => [of(purpose).published].find((key) => key.kid === kid),
    refresh: () => Promise.resolve(),
    close: () => undefined,
    rotate: never,
    revoke: never,
  };
}
