import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { importPublicJwk, type PublicJwk } from '@chancery/oauth';
import type { KeyAlgorithm } from './key-ring.js';

export interface MadeKey {
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly privateKey: KeyObject;
  readonly jwk: PublicJwk;
}

/** A new signing key. Called before serving only (META-07). */
export function makeKey(alg: KeyAlgorithm): MadeKey {
  const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const { jwk, thumbprint } = importPublicJwk(pair.publicKey.export({ format: 'jwk' }));
  return { kid: thumbprint, alg, privateKey: pair.privateKey, jwk };
}
