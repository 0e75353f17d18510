import { createHmac, randomBytes } from 'node:crypto';
import { expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.js';
import { makeKey } from './make-key.js';
import { seal, type SealedFor, sealingKeysOf, unseal } from './seal.js';

const sealingKey = new Secret(randomBytes(32));

describe.each(['ES256', 'Ed25519'] as const)('a sealed %s key', (alg) => {
  const { privateKey, kid } = makeKey(alg);
  const owner: SealedFor = { purpose: 'access-token', kid };
  const sealed = seal(privateKey, owner, sealingKey);

  it('opens under the key that sealed it', () => {
    expect(unseal(sealed, owner, sealingKey)?.equals(privateKey)).toBe(true);
  });

  it('shows nothing of the private key', () => {
    const { d = '' } = privateKey.export({ format: 'jwk' });
    expectNoSecret(sealed, { d: Buffer.from(d, 'base64url') }, 'the sealed key');
  });

  it('is sealed otherwise every time', () => {
    expect(seal(privateKey, owner, sealingKey)).not.toEqual(sealed);
  });

  it('does not open under another one', () => {
    expect(unseal(sealed, owner, new Secret(randomBytes(32)))).toBeUndefined();
  });

  it('does not open for another purpose or kid', () => {
    expect(unseal(sealed, { ...owner, purpose: 'revocation' }, sealingKey)).toBeUndefined();
    expect(unseal(sealed, { ...owner, kid: 'another' }, sealingKey)).toBeUndefined();
  });

  it('does not open when any byte of it changed, or one is missing', () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(unseal(changed, owner, sealingKey)).toBeUndefined();
      expect(unseal(sealed.subarray(0, at), owner, sealingKey)).toBeUndefined();
    }
  });
});

describe('the key that keys are sealed under', () => {
  const masterKey = new Secret(Buffer.alloc(32, 7));

  it('follows from the master key, the same at every start', () => {
    // HKDF-SHA256 (RFC 5869) without salt, by hand: a changed derivation would open nothing that was sealed before.
    const prk = createHmac('sha256', Buffer.alloc(32)).update(masterKey.reveal()).digest();
    const derived = createHmac('sha256', prk).update('chancery signing keys at rest: roll').update(Buffer.of(1)).digest();
    expect(Buffer.from(sealingKeysOf(masterKey)('roll').reveal())).toEqual(derived);
  });

  it('is not the master key, and another one for another purpose, and under another', () => {
    const derived = Buffer.from(sealingKeysOf(masterKey)('roll').reveal());
    expect(derived).not.toEqual(Buffer.from(masterKey.reveal()));
    expect(derived).not.toEqual(Buffer.from(sealingKeysOf(masterKey)('access-token').reveal()));
    expect(derived).not.toEqual(Buffer.from(sealingKeysOf(new Secret(Buffer.alloc(32, 8)))('roll').reveal()));
  });
});
