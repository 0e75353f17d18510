import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { Secret } from '../secret.js';
import type { KeyPurpose } from './key-ring.js';

const version = 1;
const ivBytes = 12;
const tagBytes = 16;
const head = 1 + ivBytes + tagBytes;

/** Whose key it is: signed into the seal, so that a sealed key cannot be put in another's place. */
export interface SealedFor {
  readonly purpose: KeyPurpose;
  readonly kid: string;
}

/** AES-256-GCM (META-07): version, IV, tag, ciphertext of the PKCS #8 form. */
export function seal(key: KeyObject, owner: SealedFor, sealingKey: Secret): Uint8Array {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', sealingKey.reveal(), iv).setAAD(aad(owner));
  const sealed = Buffer.concat([cipher.update(key.export({ format: 'der', type: 'pkcs8' })), cipher.final()]);
  return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), sealed]);
}

/** The private key, or undefined when this key did not seal it, for this owner. */
export function unseal(sealed: Uint8Array, owner: SealedFor, sealingKey: Secret): KeyObject | undefined {
  const bytes = Buffer.from(sealed);
  if (bytes[0] !== version || bytes.length <= head) return undefined;
  try {
    const opener = createDecipheriv('aes-256-gcm', sealingKey.reveal(), bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes })
      .setAAD(aad(owner))
      .setAuthTag(bytes.subarray(1 + ivBytes, head));
    const der = Buffer.concat([opener.update(bytes.subarray(head)), opener.final()]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

/** The one key that opens private keys at rest, and nothing else that the master key does: a service that signs needs no more than this. */
export const sealingKeyOf = (masterKey: Secret): Secret =>
  new Secret(new Uint8Array(hkdfSync('sha256', masterKey.reveal(), new Uint8Array(), 'chancery signing keys at rest', 32)));

const aad = ({ purpose, kid }: SealedFor): Buffer => Buffer.from(`${purpose}|${kid}`);
