import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ProofKey } from '../dpop/make-proof.js';
import type { Algorithm } from '../jose/algorithms.js';
import { importPublicJwk } from '../jose/import-public-jwk.js';

/** A client's own key with the name it is known by. */
export interface ClientKey extends ProofKey {
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string;
}

/** A fresh key: `ES256`, `Ed25519`, or `PS256` with 2048 bits. */
export function generateKey(alg: Algorithm = 'ES256'): ClientKey {
  switch (alg) {
    case 'ES256':
      return clientKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    case 'Ed25519':
      return clientKey(generateKeyPairSync('ed25519').privateKey);
    case 'PS256':
      return clientKey(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey);
  }
}

/** A key from a private JWK, as `operator.json` holds one. @throws when it is none, or of a kind not accepted here */
export const keyFromJwk = (privateJwk: object): ClientKey => clientKey(createPrivateKey({ key: privateJwk, format: 'jwk' }));

function clientKey(privateKey: KeyObject): ClientKey {
  const { jwk, thumbprint } = importPublicJwk(createPublicKey(privateKey).export({ format: 'jwk' }));
  return { privateKey, publicJwk: jwk, thumbprint };
}
