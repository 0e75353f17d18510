import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { Secret } from '../secret.js';
import type { KeyPurpose } from './key-ring.js';

/** 1 was under one key for every purpose; see `unsealOld`. */
const version = 2;
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
export const unseal = (sealed: Uint8Array, owner: SealedFor, sealingKey: Secret): KeyObject | undefined =>
  open(Buffer.from(sealed), owner, { version, sealingKey });

/** As `unseal`, for what was sealed before each purpose had a key of its own. */
export const unsealOld = (sealed: Uint8Array, owner: SealedFor, masterKey: Secret): KeyObject | undefined =>
  open(Buffer.from(sealed), owner, { version: 1, sealingKey: derived(masterKey, 'chancery signing keys at rest') });

function open(bytes: Buffer, owner: SealedFor, under: { version: number; sealingKey: Secret }): KeyObject | undefined {
  if (bytes[0] !== under.version || bytes.length <= head) return undefined;
  try {
    const opener = createDecipheriv('aes-256-gcm', under.sealingKey.reveal(), bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes })
      .setAAD(aad(owner))
      .setAuthTag(bytes.subarray(1 + ivBytes, head));
    const der = Buffer.concat([opener.update(bytes.subarray(head)), opener.final()]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

/** The key that private keys of a purpose are sealed under, where it is known here: who signs for one purpose can open no other's (ADR 0018). */
export type SealingKeys = (purpose: KeyPurpose) => Secret | undefined;

/** Those of every purpose, for who has the master key. */
export const sealingKeysOf =
  (masterKey: Secret) =>
  (purpose: KeyPurpose): Secret =>
    derived(masterKey, `chancery signing keys at rest: ${purpose}`);

const derived = (masterKey: Secret, what: string): Secret =>
  new Secret(new Uint8Array(hkdfSync('sha256', masterKey.reveal(), new Uint8Array(), what, 32)));

const aad = ({ purpose, kid }: SealedFor): Buffer => Buffer.from(`${purpose}|${kid}`);
