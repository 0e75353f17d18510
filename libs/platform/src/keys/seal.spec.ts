import { randomBytes } from 'node:crypto';
import { expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.js';
import { makeKey } from './make-key.js';
import { seal, type SealedFor, unseal } from './seal.js';

const masterKey = new Secret(randomBytes(32));

describe.each(['ES256', 'Ed25519'] as const)('a sealed %s key', (alg) => {
  const { privateKey, kid } = makeKey(alg);
  const owner: SealedFor = { purpose: 'access-token', kid };
  const sealed = seal(privateKey, owner, masterKey);

  it('opens under the master key that sealed it', () => {
    expect(unseal(sealed, owner, masterKey)?.equals(privateKey)).toBe(true);
  });

  it('shows nothing of the private key', () => {
    const { d = '' } = privateKey.export({ format: 'jwk' });
    expectNoSecret(sealed, { d: Buffer.from(d, 'base64url') }, 'the sealed key');
  });

  it('is sealed otherwise every time', () => {
    expect(seal(privateKey, owner, masterKey)).not.toEqual(sealed);
  });

  it('does not open under another master key', () => {
    expect(unseal(sealed, owner, new Secret(randomBytes(32)))).toBeUndefined();
  });

  it('does not open for another purpose or kid', () => {
    expect(unseal(sealed, { ...owner, purpose: 'revocation' }, masterKey)).toBeUndefined();
    expect(unseal(sealed, { ...owner, kid: 'another' }, masterKey)).toBeUndefined();
  });

  it('does not open when any byte of it changed, or one is missing', () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(unseal(changed, owner, masterKey)).toBeUndefined();
      expect(unseal(sealed.subarray(0, at), owner, masterKey)).toBeUndefined();
    }
  });
});
